/** Finds a Go that is new enough and runs it so that it never outlives this process's wish. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { promisify } from "node:util";
import { goFailure } from "./go-failure.ts";
import { compareVersions, requiredGo } from "./pins.ts";
import { ToolchainError } from "./toolchain-error.ts";

export interface Go {
  /** e.g. "1.26.8" */
  readonly version: string;
  readonly os: string;
  readonly arch: string;
}

export interface GoRun {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** What an error says that was being done, e.g. "the build of etcd". */
  readonly work: string;
  /** The file that receives all output. */
  readonly log: string;
  readonly signal: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/** Settings of every build; they are part of a part's key. */
export const goSettings = {
  CGO_ENABLED: "0",
  GOFLAGS: "-mod=readonly -buildvcs=false",
  GOWORK: "off",
  // Empty is this machine, whatever the caller cross-compiles for.
  GOOS: "",
  GOARCH: "",
} as const;

/** How long `go` and its children may take to end before they are killed. */
const graceMilliseconds = 5000;

/** The Go on PATH, or an error that says which one to install; `wanted` says what it is needed for. */
export async function findGo(modules: string, wanted: string, environment: NodeJS.ProcessEnv): Promise<Go> {
  const folder = join(modules, "cluster");
  const required = requiredGo(readFileSync(join(folder, "go.mod"), "utf8"));
  const advice = `install Go ${required} or newer from https://go.dev/dl and put it on PATH.`;
  // Inside the module, a Go from 1.21 on switches to a newer one if it can download that.
  const go =
    (await goVersion(folder, environment)) ??
    (await goVersion(folder, { ...environment, GOTOOLCHAIN: "local" }));
  if (go === undefined) {
    throw new ToolchainError("go-missing", `Go is not installed, but ${wanted} must be built: ${advice}`);
  }
  if (compareVersions(go.version, required) < 0) {
    throw new ToolchainError("go-too-old", `Go ${go.version} is too old to build ${wanted}: ${advice}`);
  }
  return go;
}

async function goVersion(folder: string, environment: NodeJS.ProcessEnv): Promise<Go | undefined> {
  const answer = await promisify(execFile)("go", ["version"], { cwd: folder, env: environment }).catch(
    () => undefined,
  );
  const match = /^go version go(\d+(?:\.\d+)*)\S* (?:.* )?(\w+)\/(\w+)$/m.exec(answer?.stdout ?? "");
  if (match === null) return undefined;
  const [, version = "", os = "", arch = ""] = match;
  return { version, os, arch };
}

/** What every `go` of the toolchain sees: the caller's environment less what would change the result. */
export function goEnvironment(environment: NodeJS.ProcessEnv, temporaryFolder: string): NodeJS.ProcessEnv {
  return { ...environment, ...goSettings, GOTMPDIR: temporaryFolder };
}

/** Where `go` keeps compiled packages and downloaded sources. */
export async function goCaches(folder: string, environment: NodeJS.ProcessEnv) {
  const options = { cwd: folder, env: environment };
  const { stdout } = await promisify(execFile)("go", ["env", "-json", "GOCACHE", "GOMODCACHE"], options);
  const { GOCACHE, GOMODCACHE }: Record<string, string> = JSON.parse(stdout);
  if (!GOCACHE || !GOMODCACHE) throw new Error("go env names no caches");
  return { compiled: GOCACHE, sources: GOMODCACHE };
}

/** Runs `go` and returns its standard output. When the signal aborts, every process of it is ended first. */
export async function runGo(goArguments: readonly string[], run: GoRun): Promise<string> {
  run.signal.throwIfAborted();
  // A process group of its own: compilers and linkers are `go`'s children and must end with it.
  const child = spawn("go", goArguments, {
    cwd: run.folder,
    env: run.environment,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log = createWriteStream(run.log, { flags: "a" });
  const logError = finished(log).then(
    () => undefined,
    (error: Error) => error,
  );
  const output: string[] = [];
  let standardOutput = "";
  const keep = (line: string) => {
    output.push(line);
    log.write(`${line}\n`);
    run.onLine?.(line);
  };
  createInterface(child.stderr).on("line", keep);
  createInterface(child.stdout).on("line", (line) => {
    standardOutput += `${line}\n`;
    keep(line);
  });

  const leave = endWith(run.signal, child);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  }).finally(() => {
    leave();
    log.end();
  });
  const unlogged = await logError;
  run.signal.throwIfAborted();
  if (code !== 0) throw goFailure(output, run.work, run.log);
  if (unlogged !== undefined) throw unlogged;
  return standardOutput;
}

/** Ends the child's process group when the signal aborts; call the result once the child is gone. */
function endWith(signal: AbortSignal, child: ChildProcess): () => void {
  const killGroup = (how: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, how);
    } catch (error) {
      // The group is already gone.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  };
  let grace: NodeJS.Timeout | undefined;
  const end = () => {
    killGroup("SIGTERM");
    grace = setTimeout(killGroup, graceMilliseconds, "SIGKILL");
  };
  signal.addEventListener("abort", end, { once: true });
  return () => {
    signal.removeEventListener("abort", end);
    clearTimeout(grace);
  };
}
