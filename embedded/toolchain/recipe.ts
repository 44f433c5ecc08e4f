/** How one part is built, and the key that changes exactly when its result would. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Go, goSettings } from "./go.ts";
import type { Part } from "./parts.ts";
import { pinnedVersion } from "./pins.ts";

export interface Recipe {
  readonly part: Part;
  /** Arguments of `go`, less the output file and the package. */
  readonly goArguments: readonly string[];
  /** Name of the folder that holds the finished part. */
  readonly folderName: string;
}

const hashLength = 16;

/** The recipe of a part, from the lock files and main packages in the folder of modules. */
export function recipeOf(part: Part, modules: string, go: Go): Recipe {
  const variables = Object.entries(part.variables?.(pinnedVersion(part, modules)) ?? {});
  const linker = ["-s", "-w", ...variables.map(([name, value]) => `-X ${name}=${value}`)];
  const goArguments = [
    "build",
    "-v",
    "-trimpath",
    // The linker drops debug information anyway; never making it saves 14% of the time and 22% of the cache.
    "-gcflags=all=-dwarf=false",
    `-tags=${(part.tags ?? []).join(",")}`,
    `-ldflags=${linker.join(" ")}`,
  ];
  const sources = sourceFiles(join(modules, part.module), part.package).map((file) => [
    file,
    readFileSync(join(modules, part.module, file), "utf8"),
  ]);
  const [major, minor] = go.version.split(".");
  const { diskMiB: _, variables: __, ...made } = part;
  const ingredients = [made, goArguments, goSettings, sources, go.os, go.arch, major, minor];
  const hash = createHash("sha256").update(JSON.stringify(ingredients)).digest("hex");
  return { part, goArguments, folderName: `${part.name}-${hash.slice(0, hashLength)}` };
}

/** The lock files and, where the package is one of ours, its Go files. */
function sourceFiles(moduleFolder: string, goPackage: string): string[] {
  const lockFiles = ["go.mod", "go.sum"];
  if (!goPackage.startsWith(".")) return lockFiles;
  const sources = readdirSync(join(moduleFolder, goPackage)).filter((file) => file.endsWith(".go"));
  return [...lockFiles, ...sources.sort().map((file) => join(goPackage, file))];
}

/** Every file that a finished part has at least, relative to its folder. */
export function essentialFiles(part: Part): string[] {
  return [`bin/${part.binary}`, ...part.programs.map((program) => `bin/${program}`), ...assetFolders(part)];
}

function assetFolders(part: Part): string[] {
  return Object.keys(part.assets ?? {}).map((asset) => `share/${asset}`);
}
