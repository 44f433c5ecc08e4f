/** A privileged container owns its node, and with it every other team's pods there. */
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { containersOf, judgeWorkloads, titleOf, type Workload } from "../workloads.ts";

/** Binding a port below 1024 is harmless within the pod's own network. */
const allowedCapabilities = ["NET_BIND_SERVICE"];

export const forbidPrivileged: ResourceValidationPolicy = {
  name: "tenancy-forbid-privileged",
  description:
    "Containers run without privileges, without privilege escalation and without added capabilities.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps:
    "Remove privileged, set allowPrivilegeEscalation to false and add no capability but NET_BIND_SERVICE.",
  validateResource: judgeWorkloads(containerPrivileges),
};

export function* containerPrivileges(workload: Workload): Generator<string> {
  for (const container of containersOf(workload)) {
    const subject = titleOf(workload, container);
    const { privileged, allowPrivilegeEscalation, capabilities } = container.securityContext ?? {};
    if (privileged) yield `${subject} is privileged; remove securityContext.privileged.`;
    if (allowPrivilegeEscalation) {
      yield `${subject} allows privilege escalation; set securityContext.allowPrivilegeEscalation to false.`;
    }
    const added = (capabilities?.add ?? []).filter((capability) => !allowedCapabilities.includes(capability));
    if (added.length > 0) {
      yield `${subject} adds the capabilities ${added.join(", ")}; ` +
        `remove them, only ${allowedCapabilities.join(", ")} may be added.`;
    }
  }
}
