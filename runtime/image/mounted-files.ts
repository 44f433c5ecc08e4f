/** The files of the image for whoever mounts them instead of copying: where each lies on this machine. */
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { prebuildName } from "../device/native-build.ts";
import { home, node, projectRoot } from "./image-places.ts";
import { namedPackages, packageDirectories } from "./packages.ts";
import { sharedLibraries } from "./shared-libraries.ts";

/** Absolute path in the container to a file or a directory. Of a model, all that its directory holds. */
export async function mountedFiles(addon: string, model: string): Promise<Readonly<Record<string, string>>> {
  const program = await realpath(process.execPath);
  const libraries = new Set([...(await sharedLibraries(program)), ...(await sharedLibraries(addon))]);
  const names = namedPackages(projectRoot, join(projectRoot, "runtime"));
  // What lies in a package's own node_modules comes with it.
  const packages = packageDirectories(projectRoot, names).filter(
    (path) => path.lastIndexOf("node_modules/") === 0,
  );
  const own = ["package.json", "runtime", ...packages];
  return {
    [node]: program,
    ...Object.fromEntries([...libraries].map((library) => [library, library])),
    ...Object.fromEntries(own.map((path) => [`${home}/${path}`, join(projectRoot, path)])),
    [`${home}/prebuilds/${prebuildName(addon)}`]: addon,
    "/model": await realpath(model),
  };
}
