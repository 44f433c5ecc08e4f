/**
 * Modules as JavaScript, for places where Node strips no types: it does so nowhere below node_modules. Lines
 * and columns stay what they are, so that a stack trace names the place in the source.
 */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join, posix } from "node:path";

/** A string that begins with a dot and ends so names a module: to import, or to start. */
const namedModule = /"(\.{1,2}\/[^"\n]+\.ts)"/g;
/** Any string that ends so is about modules, such as the one that tells them from other files. */
const extension = /\.ts"/g;

/**
 * JavaScript of the module `entry` and of all that it names, all the way down, by path from `root`, with
 * slashes. What is imported for its types alone is not among them.
 */
export function strippedModules(root: string, entry: string): ReadonlyMap<string, string> {
  const modules = new Map<string, string>();
  const wanted = new Set([entry]);
  // What is added meanwhile has its turn too.
  for (const path of wanted) {
    const stripped = stripTypeScriptTypes(readFileSync(join(root, path), "utf8"));
    for (const [, name = ""] of stripped.matchAll(namedModule)) {
      wanted.add(posix.join(posix.dirname(path), name));
    }
    modules.set(path.replace(/\.ts$/, ".js"), stripped.replace(extension, '.js"'));
  }
  return modules;
}
