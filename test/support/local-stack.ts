/** The local stack under Pulumi mocks: what it registers and tells. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { parseConfig } from "../../components/config.ts";
import { type LocalStack, stackConfig } from "../../stacks/config.ts";
import { local } from "../../stacks/local.ts";
import type { StackOutputs } from "../../stacks/outputs.ts";
import { record } from "./record.ts";

const file = new URL("../../stacks/config/Pulumi.local.yaml", import.meta.url);

/** The stack file that the project ships. */
export const shipped = parse(readFileSync(file, "utf8")).config["plinth:platform"];

/** A stack of the local environment, as the program reads it. */
export function localConfig(stack: unknown): LocalStack {
  const config = parseConfig(stackConfig, stack, "stack");
  if (config.environment !== "local") throw new Error("a test of the local stack has another one");
  return config;
}

/** A test that calls this stands in for the installation, which no test but the end-to-end ones has. */
export async function buildLocal(stack: unknown) {
  let outputs: StackOutputs | undefined;
  const resources = await record(() => {
    outputs = local(localConfig(stack));
  });
  return { resources, outputs };
}
