/** The processes that a language host runs for the engine: started, watched and never left behind. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

export type Child = ChildProcessByStdio<null, Readable, Readable>;

/** How a process ended: with an exit code, or by a signal. */
export type Exit = { readonly code: number } | { readonly signal: NodeJS.Signals };

export interface ChildOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** The process is stopped when this fires. */
  readonly cancelled: AbortSignal;
  /** What to run. Default: this process's own Node, the one that is known to strip types. */
  readonly command?: string;
}

/** Time a process gets between SIGINT and SIGKILL. The engine gives its own plugins 5 seconds. */
const stopSeconds = 3;

/** Time to read what an ended process wrote, should something that it started still hold its output open. */
const drainSeconds = 2;

export class ChildProcesses {
  readonly #running = new Set<Child>();

  start(args: readonly string[], options: ChildOptions): Child {
    const { cancelled, command = process.execPath, cwd, env } = options;
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const stop = () => void this.#stop(child);
    const forget = () => {
      this.#running.delete(child);
      cancelled.removeEventListener("abort", stop);
    };
    this.#running.add(child);
    child.once("exit", forget).once("error", forget);
    cancelled.addEventListener("abort", stop);
    if (cancelled.aborted) stop();
    return child;
  }

  /** Interrupts every process as Ctrl-C would, and kills what does not end. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#running].map((child) => this.#stop(child)));
  }

  /** Kills without waiting: all that a process can still do while it exits. */
  killAll(): void {
    for (const child of this.#running) child.kill("SIGKILL");
  }

  async #stop(child: Child): Promise<void> {
    const exited = once(child, "exit");
    child.kill("SIGINT");
    await Promise.race([exited, sleep(stopSeconds * 1000, undefined, { ref: false })]);
    if (!this.#running.has(child)) return;
    child.kill("SIGKILL");
    await exited;
  }
}

/** Waits until a process has ended and its output has been read; rejects if it could not be started. */
export function exitOf(child: Child): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      const settle = () => resolve(signal === null ? { code: code ?? 0 } : { signal });
      child.once("close", settle);
      setTimeout(settle, drainSeconds * 1000).unref();
    });
  });
}
