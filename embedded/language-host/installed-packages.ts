/** The npm packages that a program depends on, as they are installed for it. */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";

const names = z.record(z.string(), z.string()).catch({});

/** These are other people's files: a field that is missing or odd counts as empty. */
const packageManifest = z.object({
  name: z.string().catch(""),
  version: z.string().catch(""),
  dependencies: names,
  optionalDependencies: names,
  devDependencies: names,
  /** What the package says about the Pulumi plugin it needs. Default: it needs none. */
  pulumi: z
    .object({
      resource: z.boolean().catch(false),
      name: z.string().optional(),
      version: z.string().optional(),
      server: z.string().optional(),
      /** For a package that was generated for one use of a general plugin; `value` is base64. */
      parameterization: z.object({ name: z.string(), version: z.string(), value: z.base64() }).optional(),
    })
    .optional()
    .catch(undefined),
});

export type PackageManifest = z.output<typeof packageManifest>;

export interface InstalledPackage {
  /** Where its package.json is. */
  readonly directory: string;
  readonly manifest: PackageManifest;
}

export interface Dependencies {
  /** Where the program's own package.json is; the program's directory if there is none above it. */
  readonly directory: string;
  /** Each installed package once, nearest first. */
  readonly installed: readonly InstalledPackage[];
  /** Names that some package requires and that are not installed for it. */
  readonly missing: readonly string[];
}

/** Follows package.json files from the program's own, as Node resolves them; depth 1 stops at direct ones. */
export function dependenciesOf(programDirectory: string, depth = Number.POSITIVE_INFINITY): Dependencies {
  const installed = new Map<string, InstalledPackage>();
  const missing = new Set<string>();
  const root = findUpwards(programDirectory, "package.json");
  let level = root === undefined ? [] : [{ directory: root, manifest: readManifest(root) }];
  for (let distance = 0; distance < depth && level.length > 0; distance += 1) {
    const next: InstalledPackage[] = [];
    for (const { directory, manifest } of level) {
      for (const [name, required] of requirements(manifest, distance === 0)) {
        const home = findUpwards(directory, join("node_modules", name, "package.json"));
        if (home === undefined && required) missing.add(name);
        if (home === undefined) continue;
        const found = realpathSync(join(home, "node_modules", name));
        if (installed.has(found)) continue;
        const dependency = { directory: found, manifest: readManifest(found) };
        installed.set(found, dependency);
        next.push(dependency);
      }
    }
    level = next;
  }
  return { directory: root ?? programDirectory, installed: [...installed.values()], missing: [...missing] };
}

/** Only the program's own development dependencies are ever installed. */
function requirements(manifest: PackageManifest, own: boolean): Map<string, boolean> {
  const all = { ...(own && manifest.devDependencies), ...manifest.dependencies };
  const optional = manifest.optionalDependencies;
  return new Map(Object.keys({ ...all, ...optional }).map((name) => [name, !(name in optional)]));
}

function readManifest(directory: string): PackageManifest {
  return packageManifest.parse(JSON.parse(readFileSync(join(directory, "package.json"), "utf8")));
}

/** The nearest directory, from the given one upwards, that holds the file. */
function findUpwards(start: string, file: string): string | undefined {
  for (let directory = start; ; directory = dirname(directory)) {
    if (existsSync(join(directory, file))) return directory;
    if (directory === dirname(directory)) return undefined;
  }
}
