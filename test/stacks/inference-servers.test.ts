/** Inference servers of stacks in every environment, under Pulumi's mocks. */
import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../components/config.ts";
import { aws } from "../../stacks/aws.ts";
import { awsStack } from "../../stacks/aws-config.ts";
import { stackConfig } from "../../stacks/config.ts";
import { told } from "../support/aws-cluster.ts";
import { installation, makeStack } from "../support/builders.ts";
import { makeAwsStack } from "../support/cloud/aws-stack.ts";
import { buildGcp, makeGcpStack } from "../support/gcp-stack.ts";
import { buildLocal } from "../support/local-stack.ts";
import { type Registration, record } from "../support/record.ts";

vi.mock("../../embedded/installation.ts", () => ({ readInstallation: () => installation }));

const image = `registry.example/runtime@sha256:${"0".repeat(64)}`;
const model = "meta-llama/Llama-3.2-1B-Instruct";

const deploymentsOf = (resources: readonly Registration[]) =>
  resources
    .filter(({ parent }) => parent.startsWith("plinth:serving:InferenceServer"))
    .filter(({ type }) => type.endsWith(":Deployment"))
    .map(({ inputs }) => inputs as unknown as Deployment);

interface Deployment {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly nodeSelector?: object;
        readonly containers: readonly { readonly image: string; readonly args: readonly string[] }[];
      };
    };
  };
}

const placed = ({ metadata, spec }: Deployment) => ({
  server: `${metadata.namespace}/${metadata.name}`,
  nodeSelector: spec.template.spec.nodeSelector,
  image: spec.template.spec.containers[0]?.image,
  host: spec.template.spec.containers[0]?.args[3],
});

test("on one machine: this checkout on the host node, and accelerators by the team's queue", async () => {
  const inferenceServers = [
    { name: "chat", team: "research" },
    { name: "fast", team: "vision", pool: "l40s", model },
  ];
  const { resources, outputs } = await buildLocal({ ...makeStack(), inferenceServers });
  const own = "plinth.dev/runtime:0.1.0";
  expect(deploymentsOf(resources).map(placed)).toEqual([
    {
      server: "chat-inference-system/chat",
      nodeSelector: { "plinth.dev/host": "true" },
      image: own,
      host: "$(POD_IP)",
    },
    { server: "vision/fast", nodeSelector: undefined, image: own, host: "0.0.0.0" },
  ]);
  expect(outputs?.inferenceServers).toEqual([
    {
      namespace: "chat-inference-system",
      name: "chat",
      url: "http://chat.chat-inference-system.svc:8000/v1",
    },
    { namespace: "vision", name: "fast", url: "http://fast.vision.svc:8000/v1" },
  ]);
});

test("on AWS: the image that is named, on the nodes of the platform itself", async () => {
  const stack = makeAwsStack();
  const inferenceServers = [{ name: "chat", team: stack.teams[0].name, model, image }];
  const resources = await record(() => {
    aws(parseConfig(awsStack, { ...stack, inferenceServers }, "stack"));
  }, told);
  expect(deploymentsOf(resources).map(placed)).toEqual([
    {
      server: "chat-inference-system/chat",
      nodeSelector: { "plinth.dev/pool": "system" },
      image,
      host: "0.0.0.0",
    },
  ]);
});

test("on Google Cloud as well, and on the GPUs of a pool", async () => {
  const stack = makeGcpStack();
  const team = stack.teams.find(({ quotas }: { quotas: { pool: string }[] }) =>
    quotas.some(({ pool }) => pool === "l4"),
  ).name;
  const inferenceServers = [
    { name: "chat", team, model, image },
    { name: "fast", team, pool: "l4", model, image },
  ];
  const { resources } = await buildGcp({ ...stack, inferenceServers });
  expect(deploymentsOf(resources).map(placed)).toEqual([
    {
      server: "chat-inference-system/chat",
      nodeSelector: { "plinth.dev/system": "true" },
      image,
      host: "0.0.0.0",
    },
    { server: `${team}/fast`, nodeSelector: undefined, image, host: "0.0.0.0" },
  ]);
});

test("a cloud's nodes that have not so many cores", () => {
  const server = { name: "chat", model, image, cpuCores: 8 };
  const onAws = makeAwsStack();
  const onGcp = makeGcpStack();
  for (const [stack, most] of [
    [onAws, 3],
    [onGcp, 7],
  ] as const) {
    const inferenceServers = [{ ...server, team: stack.teams[0].name }];
    expect(() => parseConfig(stackConfig, { ...stack, inferenceServers }, "stack")).toThrow(
      `allowed  1 to ${most}, the cores of a node`,
    );
  }
  const inferenceServers = [{ ...server, team: onAws.teams[0].name }];
  return record(() => {
    // The stack's rules are not asked here: the component finds the same.
    const parsed = parseConfig(awsStack, { ...onAws, inferenceServers }, "stack");
    expect(() => aws(parsed)).toThrow("allowed  1 to 3, the cores of a node");
  }, told);
});

test("on TPUs the runtime does not compute", () => {
  const stack = makeGcpStack();
  const [team] = stack.teams.filter(({ quotas }: { quotas: { pool: string }[] }) =>
    quotas.some(({ pool }) => pool === "tpu"),
  );
  const inferenceServers = [{ name: "fast", team: team.name, pool: "tpu", model, image }];
  expect(() => parseConfig(stackConfig, { ...stack, inferenceServers }, "stack")).toThrow(
    /inferenceServers\[0\]\.pool[\s\S]*pool tpu of google-tpu-v5e, a TPU/,
  );
});

test("the stack file that is shipped for it", async () => {
  const file = new URL("../../stacks/config/Pulumi.serving.yaml", import.meta.url);
  const { resources } = await buildLocal(parse(readFileSync(file, "utf8")).config["plinth:platform"]);
  expect(deploymentsOf(resources)).toHaveLength(1);
});

test("a stack without servers has none", async () => {
  const { resources, outputs } = await buildLocal(makeStack());
  expect(deploymentsOf(resources)).toEqual([]);
  expect(outputs?.inferenceServers).toEqual([]);
});
