/** `cluster up | down | status | logs NAME | reset`: the embedded cluster without any stack. */
import { createReadStream, readdirSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { clusterStatus, logFile, resetCluster, stopCluster } from "../cluster/embedded-cluster.ts";
import { Platform } from "../platform.ts";
import type { Command, CommandOptions } from "./command.ts";
import { writeJson } from "./command.ts";

const verbs: Readonly<Record<string, Command>> = { up, down, status, logs, reset };

export const cluster: Command = async (options) => {
  const [name = "", ...positionals] = options.positionals;
  const verb = verbs[name];
  if (verb) return verb({ ...options, positionals });
  process.stderr.write(`Usage: npm run cluster -- ${Object.keys(verbs).join(" | ")}\n`);
  return 2;
};

async function up(options: CommandOptions): Promise<number> {
  await new Platform().startCluster();
  return status(options);
}

async function down({ json }: CommandOptions): Promise<number> {
  const stopped = await stopCluster(new Platform().state);
  if (json) writeJson({ clusterStopped: stopped });
  else process.stdout.write(stopped ? "Embedded cluster: stopped\n" : "Embedded cluster: was not running\n");
  return 0;
}

async function status({ json }: CommandOptions): Promise<number> {
  const { state } = new Platform();
  const found = await clusterStatus(state);
  if (json) writeJson(found ?? { phase: "stopped", message: "", processes: [] });
  else process.stdout.write(found ? describe(found, state.kubeconfig) : "Embedded cluster: stopped\n");
  return found?.phase === "running" ? 0 : 3;
}

function describe(found: NonNullable<Awaited<ReturnType<typeof clusterStatus>>>, kubeconfig: string): string {
  const rows = found.processes.map(
    ({ name, state, pid, restarts }) =>
      `  ${name.padEnd(24)} ${state.padEnd(11)} pid ${pid ?? "-"}, restarts ${restarts}`,
  );
  return [
    `Embedded cluster: ${found.phase} ${found.message}`.trim(),
    ...rows,
    `  kubeconfig ${kubeconfig}`,
    "",
  ].join("\n");
}

async function logs({ positionals }: CommandOptions): Promise<number> {
  const { state } = new Platform();
  const files = readdirSync(state.directory("logs")).filter((file) => file.endsWith(".log"));
  const file = logFile(state, positionals[0] ?? "", files);
  await pipeline(createReadStream(file), process.stdout, { end: false });
  return 0;
}

async function reset(): Promise<number> {
  await resetCluster(new Platform().state);
  process.stdout.write("Embedded cluster: stopped, and its state deleted\n");
  return 0;
}
