/** The provider plugin that the engine starts in the place of a cloud's own; install.ts puts it there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { clouds } from "./clouds.ts";
import { Declarations } from "./declarations.ts";
import { providerService } from "./service.ts";
import { StandIn } from "./stand-in.ts";

const [name = "", directory = ""] = process.argv.slice(2);
const cloud = clouds[name];
if (!cloud) throw new Error(`no stand-in for the package ${name}`);
const given = JSON.parse(readFileSync(join(directory, "outputs.json"), "utf8"));
const declarations = new Declarations(name);
const standIn = new StandIn({ cloud, declarations, given }, join(directory, "resources"));

const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
server.addService(ResourceProviderService, providerService(standIn, declarations.version));

// The engine kills its plugins; one whose engine was killed sees the end of its standard input.
process.stdin.on("end", () => process.exit()).resume();
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
