/** Versions that the lock files pin, so that no version is written twice. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Part } from "./parts.ts";

const packageJson = join(import.meta.dirname, "..", "..", "package.json");

/** The version of a part without a leading "v", e.g. "1.36.4". */
export function pinnedVersion(part: Part, modules: string): string {
  const { module, npm } = part.versionOf;
  const version =
    module === undefined
      ? JSON.parse(readFileSync(packageJson, "utf8")).dependencies[npm]
      : requiredVersion(readFileSync(join(modules, part.module, "go.mod"), "utf8"), module);
  if (typeof version !== "string") throw new Error(`${module ?? npm} is pinned nowhere`);
  return version;
}

/** The version that a go.mod requires of a module. */
export function requiredVersion(goMod: string, module: string): string | undefined {
  for (const line of goMod.split("\n")) {
    const [name, version] = line
      .replace(/^require /, "")
      .trim()
      .split(/\s+/);
    if (name === module && version?.startsWith("v")) return version.slice(1);
  }
  return undefined;
}

/** The oldest Go that a go.mod accepts, e.g. "1.26". */
export function requiredGo(goMod: string): string {
  const version = /^go (\d+\.\d+)/m.exec(goMod)?.[1];
  if (version === undefined) throw new Error("go.mod has no go line");
  return version;
}

/** Numeric comparison of dotted versions; a missing number counts as 0. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
