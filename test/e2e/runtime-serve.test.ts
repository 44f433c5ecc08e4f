/** `runtime serve` before it serves, and its keys while it does, as a user starts it. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tinyModelDirectory } from "../../runtime/tiny/tiny-directory.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const main = join(import.meta.dirname, "..", "..", "runtime", "main.ts");
const model = await tinyModelDirectory();

interface Serving {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  /** What it says on standard error. */
  readonly said: () => string;
}

function serve(...args: string[]): Serving {
  const flags = ["--disable-warning=ExperimentalWarning", main, "serve", "--model", model, "--port", "0"];
  const child = spawn(process.execPath, [...flags, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  child.stderr?.on("data", (chunk) => {
    said += chunk;
  });
  return { child, exited: once(child, "exit").then(([code]) => code), said: () => said };
}

async function until<Found>(find: () => Found | undefined | false): Promise<Found> {
  for (;;) {
    const found = find();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Processes of that parent, by their ids. */
function childrenOf(parent: number | undefined): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === parent;
      } catch {
        // It has ended meanwhile.
        return false;
      }
    })
    .map(Number);
}

const isEngine = (id: number) => {
  try {
    return readFileSync(`/proc/${id}/cmdline`, "utf8").includes("engine-main");
  } catch {
    return false;
  }
};

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s while weights are loaded ends it, and its engine",
  async (signal) => {
    const { child, exited, said } = serve();
    const engine = await until(() => childrenOf(child.pid).find(isEngine));
    child.kill(signal);
    expect(await exited).toBe(0);
    expect(said().split("\n").slice(-2)).toEqual([`${signal}: ended before it was ready`, ""]);
    expect(said()).not.toContain("Ready at");
    await until(() => !existsSync(`/proc/${engine}`));
  },
);

test("keys of a file are rotated while it serves", async () => {
  const hash = (key: string) => createHash("sha256").update(key).digest("hex");
  const directory = temporaryDirectory();
  const [file, settings] = [join(directory, "keys.json"), join(directory, "runtime.json")];
  const write = (text: string) => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  const red = (...keys: string[]) => JSON.stringify([{ name: "red", sha256: keys.map(hash) }]);
  write(red("old"));
  writeFileSync(settings, JSON.stringify({ server: { keysSeconds: 1 } }));
  const { child, exited, said } = serve("--settings", settings, "--keys", file);
  const url = await until(() => /Ready at (http:\/\/[^/]+)\//.exec(said())?.[1]);
  const status = async (key: string) => {
    const headers = { authorization: `Bearer ${key}` };
    return (await fetch(`${url}/v1/models`, { headers })).status;
  };
  expect([await status("old"), await status("new")]).toEqual([200, 401]);
  write(red("old", "new"));
  await until(() => said().includes("API keys were read again: 2 of 1 tenants"));
  expect([await status("old"), await status("new")]).toEqual([200, 200]);
  write("[");
  await until(() => said().includes("API keys stay as they are: "));
  expect([await status("old"), await status("new")]).toEqual([200, 200]);
  write(red("new"));
  await until(() => said().includes("API keys were read again: 1 of 1 tenants"));
  expect([await status("old"), await status("new")]).toEqual([401, 200]);
  child.kill("SIGTERM");
  expect(await exited).toBe(0);
});
