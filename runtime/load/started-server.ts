/** A server that is started for one load, on a port that is free, and ends with it or with this process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface StartedServer {
  readonly url: string;
  stop(): Promise<void>;
}

const ready = /^Ready at (http:\/\/[^/\s]+)\//m;
/** Characters that are kept of what it said, to be told if it ends. */
const keptCharacters = 4000;

/** Beyond the longest time for which it finishes answers. */
const stopSeconds = 60;

/** Rejects with what it said if it ends before it serves, or does not serve after so many seconds. */
export async function startServer(args: readonly string[], seconds: number): Promise<StartedServer> {
  const entry = fileURLToPath(new URL("../plinth-main.ts", import.meta.url));
  const flags = ["--disable-warning=ExperimentalWarning", entry, "runtime", "serve", "--port", "0", ...args];
  const child = spawn(process.execPath, flags, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  const url = await urlOf(child, seconds);
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), stopSeconds * 1000);
    await exited;
    clearTimeout(late);
  };
  return { url, stop };
}

function urlOf(child: ChildProcess, seconds: number): Promise<string> {
  let said = "";
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`the server was not ready after ${seconds} seconds:\n${said}`));
    }, seconds * 1000);
    child.once("error", reject);
    child.once("exit", () => {
      clearTimeout(late);
      reject(new Error(`the server ended before it was ready:\n${said}`));
    });
    child.stderr?.on("data", (chunk) => {
      said = `${said}${chunk}`.slice(-keptCharacters);
      const url = ready.exec(said)?.[1];
      if (!url) return;
      clearTimeout(late);
      resolve(url);
    });
  });
}
