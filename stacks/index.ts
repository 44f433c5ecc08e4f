/** The program that `pulumi up` runs: reads the stack file, builds its environment, exports its outputs. */
import * as pulumi from "@pulumi/pulumi";
import { parseConfig } from "../components/config.ts";
import { type Environment, type StackConfig, type StackSecrets, stackConfig } from "./config.ts";
import { local } from "./local.ts";
import type { StackOutputs } from "./outputs.ts";

type Build<E extends Environment> = (
  config: Extract<StackConfig, { environment: E }>,
  secrets: StackSecrets,
) => StackOutputs;

const environments: { [E in Environment]: Build<E> } = { local };

const stack = pulumi.getStack();
const given = new pulumi.Config();
const config = parseConfig(stackConfig, given.requireObject("platform"), `stack "${stack}"`);
const secrets = { objectStoreKeys: given.getSecretObject<unknown>("objectStoreKeys") };

export const { pools, queues, teams, jobs } = environments[config.environment](config, secrets);
