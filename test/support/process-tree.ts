/** Finds the processes that a command started, to kill them as a crash would. */
import { readdirSync, readFileSync } from "node:fs";

interface ProcessEntry {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
}

/** A process and all that it started and that still has it above itself. */
export function processTree(root: number): ProcessEntry[] {
  const all = runningProcesses();
  const under = (pid: number): ProcessEntry[] =>
    all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...under(child.pid)]);
  return [...all.filter(({ pid }) => pid === root), ...under(root)];
}

/** Kills a process and everything under it, the parents first, so that none of them can react. */
export function killTree(root: number): void {
  for (const { pid } of processTree(root)) process.kill(pid, "SIGKILL");
}

function runningProcesses(): ProcessEntry[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const [open, close] = [stat.indexOf("("), stat.lastIndexOf(")")];
        const parent = Number(stat.slice(close + 2).split(" ")[1]);
        return [{ pid: Number(name), name: stat.slice(open + 1, close), parent }];
      } catch {
        return [];
      }
    });
}
