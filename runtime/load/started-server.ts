/** A server that is started for one load, on a port that is free, and stopped after it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export interface StartedServer {
  readonly url: string;
  stop(): Promise<void>;
}

const ready = /^Ready at (http:\/\/[^/\s]+)\//m;
/** Characters that are kept of what it said, to be told if it ends. */
const keptCharacters = 4000;

/** Rejects with what it said if it ends before it serves. */
export async function startServer(args: readonly string[]): Promise<StartedServer> {
  const entry = join(import.meta.dirname, "..", "main.ts");
  const flags = ["--disable-warning=ExperimentalWarning", entry, "serve", "--port", "0", ...args];
  const child = spawn(process.execPath, flags, { stdio: ["ignore", "ignore", "pipe"] });
  const url = await urlOf(child);
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await exited;
  };
  return { url, stop };
}

function urlOf(child: ChildProcess): Promise<string> {
  let said = "";
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`the server ended before it was ready:\n${said}`)));
    child.stderr?.on("data", (chunk) => {
      said = `${said}${chunk}`.slice(-keptCharacters);
      const url = ready.exec(said)?.[1];
      if (url) resolve(url);
    });
  });
}
