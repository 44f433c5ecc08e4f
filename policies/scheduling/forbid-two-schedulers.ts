/** Kueue and Volcano both hold back gangs; together they wait for each other or count a quota twice. */
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { kueueLabels } from "../../components/catalogue/labels.ts";
import { judgeWorkloads, queueNameOf, titleOf, type Workload } from "../workloads.ts";

export const forbidTwoSchedulers: ResourceValidationPolicy = {
  name: "scheduling-forbid-two-schedulers",
  description: "A workload is admitted by one system: a Kueue queue or the Volcano scheduler.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: `Remove schedulerName volcano, or remove the label ${kueueLabels.queueName}.`,
  validateResource: judgeWorkloads(doubleAdmission),
};

export function* doubleAdmission(workload: Workload): Generator<string> {
  const queue = queueNameOf(workload);
  if (queue === undefined || workload.pod.spec?.schedulerName !== "volcano") return;
  yield `${titleOf(workload)}: waits in the Kueue queue "${queue}" and is scheduled by volcano; remove ` +
    `schedulerName, or remove the label ${kueueLabels.queueName}.`;
}
