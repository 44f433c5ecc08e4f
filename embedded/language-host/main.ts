/** The stand-in for `pulumi-language-nodejs`, for machines that cannot download the official one. */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { ChildProcesses } from "./child-processes.ts";
import { languageHost } from "./host.ts";
import { parseHostArguments } from "./host-arguments.ts";

const children = new ChildProcesses();
// Configurations and resources can be larger than the 4 MiB that gRPC takes by default.
const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
server.addService(LanguageRuntimeService, languageHost(parseHostArguments(process.argv.slice(2)), children));

let closing = false;
async function close(): Promise<void> {
  if (closing) return;
  closing = true;
  await children.stopAll();
  process.exit();
}

// The engine keeps this process's standard input open as long as it lives, so its end tells that even a
// killed engine is gone. Nobody reads standard output any more then.
process.stdin.on("end", close).resume();
process.stdout.on("error", close);
process.stderr.on("error", close);
process.on("SIGINT", close);
process.on("SIGTERM", close);
process.on("exit", () => children.killAll());

server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  // The engine reads the port from the first line.
  process.stdout.write(`${port}\n`);
});
