/** What an engine that was killed leaves in Pulumi's file backend: its lock, and operations cut off. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { parseJson } from "./cluster/state-directory.ts";

const lockContent = z.object({ pid: z.int().positive(), hostname: z.string() });

/** Deletes the locks in `directory` that no engine of this machine holds any more; others are left alone. */
export function releaseStaleLocks(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const names = readdirSync(directory);
  // Beside ID.json lie its attributes, or what an engine killed while writing it left: ID.json.attrs, ….tmp.
  const held = names.filter((name) => name.endsWith(".json") && isHeld(join(directory, name)));
  const stale = names.filter((name) => !held.some((lock) => name.startsWith(lock)));
  for (const name of stale) rmSync(join(directory, name), { force: true });
}

/** Whether a checkpoint knows operations that began and never ended. */
export function hasPendingOperations(checkpoint: string | undefined): boolean {
  const state = stateContent.safeParse(parseJson(checkpoint ?? ""));
  return state.success && state.data.checkpoint.latest.pending_operations.length > 0;
}

const stateContent = z.object({
  checkpoint: z.object({ latest: z.object({ pending_operations: z.array(z.unknown()).default([]) }) }),
});

function isHeld(file: string): boolean {
  const lock = lockContent.safeParse(parseJson(readFileSync(file, "utf8")));
  return lock.success && (lock.data.hostname !== hostname() || isEngine(lock.data.pid));
}

/** Asked by name, because the number of an engine that is gone may be another program's by now. */
function isEngine(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "pulumi";
  } catch {
    return false;
  }
}
