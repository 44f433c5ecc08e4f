/** A program of this project as an image of the host node: Node, the libraries it needs, and its sources. */
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HostProgram } from "./programs.ts";

export interface ProjectProgram {
  readonly repository: string;
  /** The file that is run, relative to the project. */
  readonly main: string;
  /** Files and folders that it imports, relative to the project. */
  readonly sources: readonly string[];
  /** Names of npm packages that it imports. */
  readonly packages: readonly string[];
}

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const home = "/app";

export function projectProgram({ repository, main, sources, packages }: ProjectProgram): HostProgram {
  const files = ["package.json", ...sources].map((path) => [`${home}/${path}`, join(project, path)]);
  const modules = packages.map((name) => [`${home}/node_modules/${name}`, packageDirectory(name)]);
  return {
    repository,
    files: { "/node": process.execPath, ...sharedLibraries(), ...Object.fromEntries([...files, ...modules]) },
    // Small pieces of memory and no talk about what is experimental, as for the supervisor.
    entrypoint: [
      "/node",
      "--max-semi-space-size=1",
      "--disable-warning=ExperimentalWarning",
      `${home}/${main}`,
    ],
  };
}

function packageDirectory(name: string): string {
  return dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`)));
}

/** What this very Node has loaded, at the same paths: another run of it will look for the same. */
function sharedLibraries(): Record<string, string> {
  const report = process.report.getReport() as unknown as { sharedObjects: string[] };
  const paths = report.sharedObjects.filter((path) => isAbsolute(path) && path !== process.execPath);
  return Object.fromEntries(paths.map((path) => [path, path]));
}
