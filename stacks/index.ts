/** The program that `pulumi up` runs: reads the stack file, builds its environment, exports its outputs. */
import * as pulumi from "@pulumi/pulumi";
import { parseConfig } from "../components/config.ts";
import { platformPlan } from "../components/planning/platform-plan.ts";
import { aws } from "./aws.ts";
import { type Environment, type StackConfig, type StackSecrets, stackConfig } from "./config.ts";
import { gcp } from "./gcp.ts";
import { local } from "./local.ts";
import { onprem } from "./onprem.ts";
import type { StackOutputs } from "./outputs.ts";
import { renderPlan } from "./plan-report.ts";
import { planRequest } from "./plan-request.ts";

type Build<E extends Environment> = (
  config: Extract<StackConfig, { environment: E }>,
  secrets: StackSecrets,
) => StackOutputs | Promise<StackOutputs>;

const environments: { [E in Environment]: Build<E> } = { local, aws, gcp, onprem };

const stack = pulumi.getStack();
const given = new pulumi.Config();
const config = parseConfig(stackConfig, given.requireObject("platform"), `stack "${stack}"`);
const secrets = {
  objectStoreKeys: given.getSecretObject<unknown>("objectStoreKeys"),
  kubeconfig: given.getSecret("kubeconfig"),
};

/** What the stack comes to; `npm run plan` prints the same without touching anything. */
export const plan = platformPlan(planRequest(config));
if (pulumi.runtime.isDryRun()) void pulumi.log.info(renderPlan(stack, plan));

export const { pools, queues, teams, jobs, registries } = await build(config);

/** The compiler sees that a stack and its builder are of one environment. */
function build<E extends Environment>(own: Extract<StackConfig, { environment: E }>) {
  return environments[own.environment as E](own, secrets);
}
