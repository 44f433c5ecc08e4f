/** The supervisor as a process of its own: runs one cluster and answers on a private socket until stopped. */
import { rmSync } from "node:fs";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { identify, writeIdentity } from "./process-identity.ts";
import { clusterPrograms, controllerPrograms } from "./programs.ts";
import { StateDirectory } from "./state-directory.ts";
import { Supervisor } from "./supervisor.ts";

process.umask(0o077);
const [root, programsJson] = process.argv.slice(2);
const state = new StateDirectory(root);
const record = state.readRecord();
if (!record) throw new Error(`${state.recordFile} is missing`);
const supervisor = new Supervisor(state, record, clusterPrograms.parse(JSON.parse(programsJson ?? "")));

rmSync(state.controlSocket, { force: true });
const server = createServer(async (request, response) => {
  if (request.method === "POST" && request.url === "/stop") {
    await stop();
    response.end("{}", () => process.exit(0));
  } else if (request.method === "POST" && request.url === "/controllers") {
    const error = await supervisor.addControllers(controllerPrograms.parse(await json(request))).then(
      () => undefined,
      (reason: Error) => reason.message,
    );
    response.end(JSON.stringify({ error }));
  } else {
    response.end(JSON.stringify(supervisor.status));
  }
});
server.listen(state.controlSocket);

state.directory("run");
const self = identify(process.pid);
if (self) writeIdentity(state.path("run", "supervisor.json"), self);

let stopping: Promise<void> | undefined;
function stop(): Promise<void> {
  stopping ??= supervisor.stop().then(() => {
    rmSync(state.controlSocket, { force: true });
    rmSync(state.path("run", "supervisor.json"), { force: true });
  });
  return stopping;
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => void stop().then(() => process.exit(0)));
}

// One failed request must not take the cluster down; what failed is in the log and is tried again.
process.on("unhandledRejection", (error) => {
  process.stderr.write(`${new Date().toISOString()} ${error instanceof Error ? error.stack : error}\n`);
});

await supervisor.start();
