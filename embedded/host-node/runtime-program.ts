/** The inference runtime of this checkout as an image of the host node, with the tiny model at /model. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";
import { ownImages } from "../../components/catalogue/own-images.ts";
import { kill } from "../cluster/process-identity.ts";
import type { HostProgram } from "./programs.ts";

const project = join(import.meta.dirname, "..", "..");
/** Kernels and model of a machine that is slow and busy. */
const prepareSeconds = 900;
/** As much of a failure as its pod tells. */
const toldCharacters = 2000;

const mounts = z.record(z.string().startsWith("/"), z.string().startsWith("/"));

/** Kernels and model are made when a pod first needs them, by a process of their own: it takes a minute. */
export function runtimeProgram(): HostProgram {
  return {
    repository: ownImages.runtime.repository,
    files: {},
    entrypoint: [
      ...["/usr/bin/node", "--disable-warning=ExperimentalWarning", "/app/runtime/main.ts"],
      ...["serve", "--model", "/model"],
    ],
    environment: { HOME: "/tmp", NODE_ENV: "production" },
    hasOwnAddress: true,
    prepare: async (signal) => {
      const limit = AbortSignal.timeout(prepareSeconds * 1000);
      return mounts.parse(JSON.parse(await runtimeMounts(AbortSignal.any([signal, limit]))));
    },
  };
}

function runtimeMounts(signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const main = join(project, "runtime", "main.ts");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, "mounts"], {
    cwd: project,
    // A group of its own: compilers that it starts end with it.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      said[stream] += text;
    });
  }
  const end = () => child.pid !== undefined && kill(-child.pid);
  signal.addEventListener("abort", end);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      signal.removeEventListener("abort", end);
      if (signal.aborted) reject(signal.reason);
      else if (code === 0) resolve(said.stdout);
      else reject(new Error(`the runtime cannot run here: ${said.stderr.trim().slice(-toldCharacters)}`));
    });
  });
}
