/** A program that makes one mistake with products of warpgroups on the emulated device, and what it says. */
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../temporary-directory.ts";

/** Gives for a mistake's name what the program writes. */
export function buildMistakes(): (mistake: string) => string {
  const file = join(temporaryDirectory(), "mistakes");
  const [emulation, sources] = ["cuda", "wgmma"].map((folder) => join(import.meta.dirname, folder));
  const units = [emulation ?? "", sources ?? ""].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".cpp"))
      .map((name) => join(folder, name)),
  );
  execFileSync("g++", ["-std=c++17", "-I", emulation ?? "", ...units, "-o", file]);
  return (mistake) => {
    const { stdout, stderr } = spawnSync(file, [mistake], { encoding: "utf8" });
    return `${stdout}${stderr}`.trim();
  };
}
