/** Gives the programs of the embedded cluster: official where present, else built from pinned modules. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { buildAll } from "./build-all.ts";
import { withBuildLock } from "./build-lock.ts";
import { findGo } from "./go.ts";
import { findOfficial, type OfficialPlace, type OfficialProgram } from "./official.ts";
import { type AssetName, type Part, type PartName, type ProgramName, parts } from "./parts.ts";
import { createProgress, type Progress } from "./progress.ts";
import { essentialFiles, type Recipe, recipeOf } from "./recipe.ts";

export interface ToolchainOptions {
  /** Shows the work; default: on standard error. */
  readonly onProgress?: Progress;
  /** Default: every part. */
  readonly only?: readonly PartName[];
  /** Where PATH, XDG_CACHE_HOME, PULUMI_HOME, KUBEBUILDER_ASSETS and such are read; default: this process. */
  readonly environment?: NodeJS.ProcessEnv;
  /** The folder of the Go modules; default: the one of this file. */
  readonly modules?: string;
}

/** Where a program came from. */
export type Origin =
  | { readonly kind: "official"; readonly place: OfficialPlace; readonly version: string }
  /** Built by an earlier run. */
  | { readonly kind: "cached" }
  /** Built by this run. */
  | { readonly kind: "built"; readonly seconds: number };

export interface Toolchain {
  /** Holds one folder per built part. */
  readonly directory: string;
  /** Absolute paths; only programs of the parts asked for. */
  readonly binaries: Readonly<Record<ProgramName, string>>;
  /** Absolute paths of folders; only those of the parts asked for. */
  readonly share: Readonly<Record<AssetName, string>>;
  readonly origins: Readonly<Record<ProgramName, Origin>>;
  /** Official programs that are present but do not fit: a sentence each. */
  readonly passedOver: readonly string[];
}

/** Finds or builds the parts asked for; a ToolchainError says what the user can do. */
export async function ensureToolchain(options: ToolchainOptions = {}): Promise<Toolchain> {
  const { environment = process.env, modules = import.meta.dirname } = options;
  const directory = toolchainDirectory(environment);
  const wanted = parts.filter(({ name }) => options.only?.includes(name) ?? true);

  const foreign = { ...environment, PATH: withoutFolders(environment.PATH ?? "", directory) };
  const { officials, passedOver } = await findOfficials(wanted, modules, foreign);
  const isOfficial = (part: Part) => part.programs.every((program) => officials.has(program));
  const unofficial = wanted.filter((part) => !isOfficial(part));

  const recipes: Recipe[] = [];
  let seconds = new Map<Recipe, number>();
  if (unofficial.length > 0) {
    const go = await findGo(modules, unofficial.map(({ name }) => name).join(", "), environment);
    recipes.push(...unofficial.map((part) => recipeOf(part, modules, go)));
    const missing = () => recipes.filter((recipe) => !isFinished(recipe, directory));
    if (missing().length > 0) {
      const progress = options.onProgress ?? createProgress();
      await mkdir(directory, { recursive: true });
      seconds = await withBuildLock(directory, progress, (signal) => {
        const site = { directory, modules, environment, signal, onActivity: progress.update };
        return buildAll(missing(), site, progress);
      });
    }
  }
  return { directory, passedOver, ...describe(recipes, directory, seconds, officials) };
}

/** A shell that loaded our variables has our own binaries on PATH; they are not official ones. */
function withoutFolders(path: string, directory: string): string {
  const folders = path.split(delimiter).filter((folder) => !folder.startsWith(`${directory}/`));
  return folders.join(delimiter);
}

/** The folder of all built parts; one machine user has one, shared by every checkout. */
export function toolchainDirectory(environment: NodeJS.ProcessEnv): string {
  const home = environment.HOME || homedir();
  return join(environment.XDG_CACHE_HOME || join(home, ".cache"), "plinth", "toolchain");
}

async function findOfficials(wanted: readonly Part[], modules: string, environment: NodeJS.ProcessEnv) {
  const officials = new Map<ProgramName, OfficialProgram>();
  const passedOver: string[] = [];
  for (const program of wanted.flatMap((part) => part.programs)) {
    const finding = await findOfficial(program, modules, environment);
    if (finding === undefined) continue;
    if ("use" in finding) officials.set(program, finding.use);
    else passedOver.push(finding.passedOver);
  }
  return { officials, passedOver };
}

function isFinished(recipe: Recipe, directory: string): boolean {
  return essentialFiles(recipe.part).every((file) => existsSync(join(directory, recipe.folderName, file)));
}

function describe(
  recipes: readonly Recipe[],
  directory: string,
  seconds: ReadonlyMap<Recipe, number>,
  officials: ReadonlyMap<ProgramName, OfficialProgram>,
) {
  const binaries: Partial<Record<ProgramName, string>> = {};
  const share: Partial<Record<AssetName, string>> = {};
  const origins: Partial<Record<ProgramName, Origin>> = {};
  for (const recipe of recipes) {
    const folder = join(directory, recipe.folderName);
    const time = seconds.get(recipe);
    for (const program of recipe.part.programs) {
      binaries[program] = join(folder, "bin", program);
      origins[program] = time === undefined ? { kind: "cached" } : { kind: "built", seconds: time };
    }
    for (const asset of Object.keys(recipe.part.assets ?? {}) as AssetName[]) {
      share[asset] = join(folder, "share", asset);
    }
  }
  // An official program wins even where its part had to be built for another program.
  for (const [program, { path, place, version }] of officials) {
    binaries[program] = path;
    origins[program] = { kind: "official", place, version };
  }
  // Complete for the parts asked for, as the documentation of the fields says.
  return { binaries, share, origins } as Pick<Toolchain, "binaries" | "share" | "origins">;
}
