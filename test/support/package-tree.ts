/** A directory with package.json files, for tests that look at installed packages. */
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Keys are paths of packages from the root, "" for the root itself; values are their manifests. */
export function packageTree(manifests: Readonly<Record<string, object>>): string {
  const root = mkdtempSync(join(realpathSync(tmpdir()), "plinth-packages-"));
  for (const [path, manifest] of Object.entries(manifests)) {
    const file = join(root, path, "package.json");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(manifest));
  }
  return root;
}
