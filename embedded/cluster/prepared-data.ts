/**
 * A copy of etcd's data as it is once every kind is served. Establishing kinds is most of a first start, and
 * the copy holds nothing of one installation, so the next one begins with it.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheDirectory } from "./state-directory.ts";

/** `key` names what the data depends on: the programs that wrote it and the definitions in it. */
export function preparedDataDirectory(key: readonly string[]): string {
  const hash = createHash("sha256").update(JSON.stringify(key)).digest("hex").slice(0, 16);
  return join(cacheDirectory(), "etcd", hash);
}

/** Starts a new installation from the copy, if there is one. Whether it did. */
export function usePreparedData(prepared: string, dataDirectory: string): boolean {
  if (hasData(dataDirectory) || !existsSync(prepared)) return false;
  copyDirectory(prepared, dataDirectory);
  return true;
}

/**
 * Keeps a copy for the next installation. etcd is halted meanwhile: what lies on disk is then what a crash
 * would leave, which etcd is built to start from.
 */
export function keepPreparedData(prepared: string, dataDirectory: string, etcdPid: number): void {
  if (existsSync(prepared)) return;
  process.kill(etcdPid, "SIGSTOP");
  try {
    copyDirectory(dataDirectory, prepared);
  } finally {
    process.kill(etcdPid, "SIGCONT");
  }
}

export function hasData(dataDirectory: string): boolean {
  return existsSync(dataDirectory) && readdirSync(dataDirectory).length > 0;
}

/** Copies beside the target and renames, so that an interrupted copy is never taken for a whole one. */
function copyDirectory(from: string, to: string): void {
  const partial = `${to}.${process.pid}.partial`;
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  rmSync(partial, { recursive: true, force: true });
  execFileSync("cp", ["--recursive", "--sparse=always", "--reflink=auto", from, partial]);
  rmSync(to, { recursive: true, force: true });
  renameSync(partial, to);
}
