/** The stack on Google Cloud that the project ships, and what it registers under mocks. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { parseConfig } from "../../components/config.ts";
import type { GcpClusterArgs } from "../../components/index.ts";
import { stackConfig } from "../../stacks/config.ts";
import { gcp } from "../../stacks/gcp.ts";
import type { GcpStack } from "../../stacks/gcp-config.ts";
import type { StackOutputs } from "../../stacks/outputs.ts";
import { type Registration, record } from "./record.ts";

const file = new URL("../../stacks/config/Pulumi.gcp.yaml", import.meta.url);

/** As the file says it, for each test to spoil. */
export function makeGcpStack() {
  return parse(readFileSync(file, "utf8")).config["plinth:platform"];
}

export function gcpConfig(stack: unknown): GcpStack {
  const config = parseConfig(stackConfig, stack, "stack");
  if (config.environment !== "gcp") throw new Error(`a stack of ${config.environment}`);
  return config;
}

export async function buildGcp(stack: unknown = makeGcpStack()) {
  let outputs: StackOutputs | undefined;
  const resources = await record(() => {
    outputs = gcp(gcpConfig(stack));
  });
  return { resources, outputs };
}

/** Arguments of a small cluster. */
export function makeGcpCluster(): GcpClusterArgs {
  return {
    project: { id: "acme-ai", number: "123456789012" },
    region: "us-central1",
    systemPool: { zones: ["us-central1-a", "us-central1-b"] },
  };
}

export function ofType(resources: readonly Registration[], type: string): Registration[] {
  return resources.filter((resource) => resource.type === type);
}

export const nodePoolType = "gcp:container/nodePool:NodePool";
export const clusterType = "gcp:container/cluster:Cluster";
