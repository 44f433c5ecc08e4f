/** A pod that reaches its node's files, network or processes reaches every other pod there. */
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { containersOf, judgeWorkloads, titleOf, type Workload } from "../workloads.ts";

const hostNamespaces = ["hostNetwork", "hostPID", "hostIPC"] as const;

export const forbidHostAccess: ResourceValidationPolicy = {
  name: "tenancy-forbid-host-access",
  description: "Pods keep to their own file system, network and process namespaces.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps:
    "Use a volume claim or emptyDir instead of hostPath, a Service instead of hostPort or hostNetwork, and " +
    "remove hostPID and hostIPC.",
  validateResource: judgeWorkloads(hostAccess),
};

export function* hostAccess(workload: Workload): Generator<string> {
  const spec = workload.pod.spec ?? {};
  for (const field of hostNamespaces) {
    if (spec[field])
      yield `${titleOf(workload)}: sets ${field}; remove it, pods have namespaces of their own.`;
  }
  for (const { name, hostPath } of spec.volumes ?? []) {
    if (!hostPath) continue;
    yield `${titleOf(workload)}: volume "${name}" is the path ${hostPath.path} of its node; ` +
      "use a volume claim or an emptyDir.";
  }
  for (const container of containersOf(workload)) {
    for (const { hostPort } of container.ports ?? []) {
      if (!hostPort) continue;
      yield `${titleOf(workload, container)} takes port ${hostPort} of its node; expose it with a Service.`;
    }
  }
}
