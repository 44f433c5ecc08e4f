/** The program that `pulumi up` runs: reads the stack file, builds its environment, exports its outputs. */
import * as pulumi from "@pulumi/pulumi";
import { parseConfig } from "../components/config.ts";
import { type Environment, type StackConfig, stackConfig } from "./config.ts";
import { local } from "./local.ts";
import type { StackOutputs } from "./outputs.ts";

type Build<E extends Environment> = (config: Extract<StackConfig, { environment: E }>) => StackOutputs;

const environments: { [E in Environment]: Build<E> } = { local };

const stack = pulumi.getStack();
const config = parseConfig(stackConfig, new pulumi.Config().requireObject("platform"), `stack "${stack}"`);

export const { pools, queues, teams, jobs } = environments[config.environment](config);
