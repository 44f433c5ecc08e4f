import type { V1SecurityContext } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { containerPrivileges, forbidPrivileged } from "../../../policies/tenancy/forbid-privileged.ts";
import { workloadsOf } from "../../../policies/workloads.ts";
import { findings, only } from "../../support/policy-findings.ts";
import { makeQueued, workloadKinds } from "../../support/policy-objects.ts";

const privileged = "is privileged; remove securityContext.privileged.";
const escalates = "allows privilege escalation; set securityContext.allowPrivilegeEscalation to false.";
const adds = (names: string) =>
  `adds the capabilities ${names}; remove them, only NET_BIND_SERVICE may be added.`;

test.each<{ case: string; securityContext: V1SecurityContext | undefined; want: string[] }>([
  { case: "nothing said", securityContext: undefined, want: [] },
  { case: "privileged false", securityContext: { privileged: false }, want: [] },
  {
    case: "a low port",
    securityContext: { capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } },
    want: [],
  },
  { case: "privileged", securityContext: { privileged: true }, want: [privileged] },
  { case: "escalation", securityContext: { allowPrivilegeEscalation: true }, want: [escalates] },
  {
    case: "a capability",
    securityContext: { capabilities: { add: ["SYS_ADMIN"] } },
    want: [adds("SYS_ADMIN")],
  },
  {
    case: "all at once",
    securityContext: {
      privileged: true,
      allowPrivilegeEscalation: true,
      capabilities: { add: ["IPC_LOCK", "NET_BIND_SERVICE", "ALL"] },
    },
    want: [privileged, escalates, adds("IPC_LOCK, ALL")],
  },
])("$case", ({ securityContext, want }) => {
  const job = makeQueued("batch/v1:Job", { container: { securityContext } });
  const messages = want.map((found) => `Job "train": container "main" ${found}`);
  const workload = workloadsOf(job)[0];
  expect(workload && [...containerPrivileges(workload)]).toEqual(messages);
  expect(findings([job])).toEqual(only(forbidPrivileged, messages));
});

describe.each(workloadKinds)("%s", (kind) => {
  test.each(["initContainers", "ephemeralContainers"])("its %s are judged", (field) => {
    const extra = [{ name: "extra", securityContext: { privileged: true } }];
    expect(findings([makeQueued(kind, { spec: { [field]: extra } })])).toEqual(
      only(forbidPrivileged, [`${kind.replace(/.*:/, "")} "train": container "extra" ${privileged}`]),
    );
  });
});
