/** Recognises a process beyond its number, so that a recycled pid is never mistaken for one of ours. */
import { readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { writeFileAtomically } from "./state-directory.ts";

const identity = z.strictObject({ pid: z.int().positive(), startTicks: z.string() });
export type ProcessIdentity = z.output<typeof identity>;

/** The identity of a running process, or undefined if there is none with that pid. */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command name may hold spaces and brackets; the fields after its last bracket are regular:
    // state is field 3 of proc(5), threads field 20, start time in clock ticks since boot field 22.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, threads, startTicks] = [fields[0], Number(fields[17]), fields[19]];
    // Before its last thread has ended, a process that was killed still holds its ports.
    if ((state === "Z" && threads <= 1) || startTicks === undefined) return undefined;
    return { pid, startTicks: `${bootId()}-${startTicks}` };
  } catch {
    return undefined;
  }
}

export function isRunning(process: ProcessIdentity): boolean {
  return identify(process.pid)?.startTicks === process.startTicks;
}

export function writeIdentity(file: string, process: ProcessIdentity): void {
  writeFileAtomically(file, JSON.stringify(process));
}

/** The process that a file names if it still runs; a file that is missing or unreadable names none. */
export function readRunning(file: string): ProcessIdentity | undefined {
  try {
    const parsed = identity.safeParse(JSON.parse(readFileSync(file, "utf8")));
    return parsed.success && isRunning(parsed.data) ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Kills what a former supervisor left running under this file, waits until it is gone, and forgets it. */
export async function killRecorded(file: string): Promise<void> {
  const running = readRunning(file);
  if (running) {
    kill(running.pid);
    while (isRunning(running)) await sleep(10);
  }
  rmSync(file, { force: true });
}

/** Kills a process; false if it has ended by itself meanwhile. */
export function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
