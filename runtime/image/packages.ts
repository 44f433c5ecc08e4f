/** Which installed packages a program needs, all the way down, and nothing else of what is installed. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Those of the project's own dependencies at `root` that sources below `folder` name between quotes. */
export function namedPackages(root: string, folder: string): readonly string[] {
  const { dependencies = {} } = manifestOf(root);
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(join(folder, file), "utf8"));
  return packagesIn(Object.keys(dependencies), sources);
}

/** Those of `names` that sources name between quotes. */
export function packagesIn(names: readonly string[], sources: readonly string[]): readonly string[] {
  return names.filter((name) =>
    sources.some((text) => text.includes(`"${name}"`) || text.includes(`"${name}/`)),
  );
}

function manifestOf(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
}

/** Directories of these packages and of all that they depend on, from `root` on, in order. */
export function packageDirectories(root: string, names: Iterable<string>): readonly string[] {
  const found = new Set<string>();
  const need = (name: string, from: string, isOptional: boolean): void => {
    const directory = resolved(name, from, root);
    if (directory === undefined) {
      if (isOptional) return;
      throw new Error(
        `the package ${name}, which ${relative(root, from) || "the runtime"} needs, is not installed`,
      );
    }
    const path = relative(root, directory);
    if (found.has(path)) return;
    found.add(path);
    const { dependencies = {}, optionalDependencies = {} } = manifestOf(directory);
    for (const inner of Object.keys(optionalDependencies)) need(inner, directory, true);
    for (const inner of Object.keys(dependencies)) need(inner, directory, inner in optionalDependencies);
  };
  for (const name of names) need(name, root, false);
  return [...found].sort();
}

/** As Node looks for it: in every node_modules on the way up. */
function resolved(name: string, from: string, root: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    const directory = join(at, "node_modules", name);
    if (existsSync(join(directory, "package.json"))) return directory;
    if (at === root) return undefined;
  }
}
