import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { credentials } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rules } from "../../../../policies/packs/baseline/rules.ts";
import { makeQueued } from "../../../support/policy-objects.ts";

const root = join(import.meta.dirname, "../../../..");
const pack = join(root, "policies/packs/baseline");

let server: ChildProcess;
let client: AnalyzerClient;

beforeAll(async () => {
  const node = join(root, "node_modules/.bin/node");
  server = spawn(node, ["index.js"], { cwd: pack, stdio: ["ignore", "pipe", "inherit"] });
  if (server.stdout === null) throw new Error("the pack has no standard output");
  const [port] = await once(server.stdout, "data");
  client = new AnalyzerClient(`127.0.0.1:${String(port).trim()}`, credentials.createInsecure());
}, 30_000);

afterAll(() => {
  client?.close();
  server?.kill();
});

test("serves every rule with its level, severity and remedy", async () => {
  const { promise, resolve, reject } = Promise.withResolvers<analyzer.AnalyzerInfo>();
  client.getAnalyzerInfo(new empty.Empty(), (error, info) => (error ? reject(error) : resolve(info)));
  const info = (await promise).toObject();
  expect([info.name, info.version]).toEqual(["plinth-baseline", "0.1.0"]);
  expect(info.policiesList.map(({ name, remediationSteps }) => [name, remediationSteps])).toEqual(
    rules.map(({ name, remediationSteps }) => [name, remediationSteps]),
  );
});

test("refuses a resource as the engine sends it", async () => {
  const { type, props } = makeQueued("batch/v1:Job", {
    container: { securityContext: { privileged: true } },
  });
  const request = new analyzer.AnalyzeRequest();
  request.setType(type);
  request.setOptions(new analyzer.AnalyzerResourceOptions());
  request.setProperties(structs.Struct.fromJavaScript(JSON.parse(JSON.stringify(props))));
  const { promise, resolve, reject } = Promise.withResolvers<analyzer.AnalyzeResponse>();
  client.analyze(request, (error, response) => (error ? reject(error) : resolve(response)));
  const found = (await promise).toObject().diagnosticsList;
  expect(
    found.map(({ policyname, enforcementlevel, message }) => [policyname, enforcementlevel, message]),
  ).toEqual([
    [
      "tenancy-forbid-privileged",
      analyzer.EnforcementLevel.MANDATORY,
      expect.stringContaining(
        'Job "train": container "main" is privileged; remove securityContext.privileged.',
      ),
    ],
  ]);
});
