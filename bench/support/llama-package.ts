/** node-llama-cpp, which is no dependency of this project: installed for its bench alone, when it runs. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { versions } from "../../components/catalogue/versions.ts";
import { cacheDirectory } from "../../runtime/cache-directory.ts";
import { BenchRefusal } from "./table.ts";

export const llamaVersion = versions.nodeLlamaCpp.version;

/** Of its interface what the bench calls. */
export interface LlamaSequence {
  evaluate(tokens: readonly number[], options: object): AsyncIterable<number>;
  clearHistory(): Promise<void>;
}

export interface LlamaContext {
  getSequence(): LlamaSequence;
  dispose(): Promise<void>;
}

interface LlamaModel {
  createContext(options: object): Promise<LlamaContext>;
}

interface LlamaModule {
  getLlama(options: object): Promise<{ loadModel(options: object): Promise<LlamaModel> }>;
}

/** Compiled ahead of time, for this kind of machine alone: all of them together are over a gigabyte. */
const binaries = "@node-llama-cpp/linux-x64";

export async function llamaModule(): Promise<LlamaModule> {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new BenchRefusal(
      `node-llama-cpp is installed here for linux-x64 alone, not for ${process.platform}`,
    );
  const directory = join(cacheDirectory(), `node-llama-cpp-${llamaVersion}`);
  const entry = join(directory, "node_modules", "node-llama-cpp", "dist", "index.js");
  const isThere = [entry, join(directory, "node_modules", binaries)].every((path) => existsSync(path));
  if (!isThere) await install(directory);
  return (await import(pathToFileURL(entry).href)) as LlamaModule;
}

async function install(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "package.json"), '{"private":true}\n');
  const common = [
    "install",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--omit=optional",
    "--save-exact",
  ];
  for (const name of ["node-llama-cpp", binaries]) {
    try {
      await promisify(execFile)("npm", [...common, "--force", `${name}@${llamaVersion}`], { cwd: directory });
    } catch (error) {
      throw new BenchRefusal(`npm cannot install ${name}@${llamaVersion}: ${(error as Error).message}`);
    }
  }
}
