/** The service as an engine sees it. */
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Client, credentials, type MethodDefinition, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ChildProcesses } from "../../../embedded/language-host/child-processes.ts";
import { languageHost } from "../../../embedded/language-host/host.ts";

const repository = join(import.meta.dirname, "../../..");
const program = new language.ProgramInfo().setProgramDirectory(join(repository, "stacks"));
const server = new Server();
let client: Client;

beforeAll(async () => {
  const connection = { engineAddress: "", tracingEndpoint: undefined };
  server.addService(LanguageRuntimeService, languageHost(connection, new ChildProcesses()));
  const bind = promisify(server.bindAsync.bind(server));
  const port = await bind("127.0.0.1:0", ServerCredentials.createInsecure());
  client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
});
afterAll(() => {
  client.close();
  server.forceShutdown();
});

function ask<Request, Response>(method: MethodDefinition<Request, Response>, request: Request) {
  const { path, requestSerialize, responseDeserialize } = method;
  return new Promise<Response | undefined>((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, response) =>
      error ? reject(error) : resolve(response),
    );
  });
}

test("its version is that of the SDK", async () => {
  const info = await ask(LanguageRuntimeService.getPluginInfo, new empty.Empty());
  expect(info?.getVersion()).toBe("3.259.0");
});

test("it runs programs with its own Node", async () => {
  const about = await ask(LanguageRuntimeService.about, new language.AboutRequest().setInfo(program));
  expect(about?.toObject()).toEqual({
    executable: process.execPath,
    version: process.version,
    metadataMap: [],
  });
});

test.each([
  { case: "direct", transitive: false, names: ["@pulumi/pulumi", "zod"], without: ["protobufjs"] },
  { case: "all", transitive: true, names: ["@pulumi/pulumi", "zod", "protobufjs"], without: [] },
])("dependencies: $case", async ({ transitive, names, without }) => {
  const request = new language.GetProgramDependenciesRequest().setInfo(program);
  request.setTransitivedependencies(transitive);
  const response = await ask(LanguageRuntimeService.getProgramDependencies, request);
  const found = response?.getDependenciesList().map((dependency) => dependency.getName());
  expect(found).toEqual(expect.arrayContaining(names));
  for (const name of without) expect(found).not.toContain(name);
});

test("a program that cannot be started is an answer, not a failed call", async () => {
  const nowhere = new language.ProgramInfo().setProgramDirectory(dirname(repository));
  const response = await ask(LanguageRuntimeService.run, new language.RunRequest().setInfo(nowhere));
  expect(response?.getError()).toContain("@pulumi/pulumi is not installed");
});

test("a debugger is refused", async () => {
  const request = new language.RunRequest().setInfo(program).setAttachDebugger(true);
  const response = await ask(LanguageRuntimeService.run, request);
  expect(response?.getError()).toContain("attaches no debugger");
});

test("what it does not do it says so", async () => {
  const call = ask(LanguageRuntimeService.generateProgram, new language.GenerateProgramRequest());
  await expect(call).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
});
