import { expect, test } from "vitest";
import { forbidHostAccess, hostAccess } from "../../../policies/tenancy/forbid-host-access.ts";
import { workloadsOf } from "../../../policies/workloads.ts";
import { findings, only } from "../../support/policy-findings.ts";
import { makeQueued, type WorkloadChange } from "../../support/policy-objects.ts";

const own = "remove it, pods have namespaces of their own.";

test.each<{ case: string; change: WorkloadChange; want: string[] }>([
  {
    case: "false and zero",
    change: { spec: { hostNetwork: false, hostPID: false, hostIPC: false } },
    want: [],
  },
  {
    case: "a claim",
    change: { spec: { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "d" } }] } },
    want: [],
  },
  {
    case: "a container port",
    change: { container: { ports: [{ containerPort: 80, hostPort: 0 }] } },
    want: [],
  },
  { case: "hostNetwork", change: { spec: { hostNetwork: true } }, want: [`sets hostNetwork; ${own}`] },
  { case: "hostPID", change: { spec: { hostPID: true } }, want: [`sets hostPID; ${own}`] },
  { case: "hostIPC", change: { spec: { hostIPC: true } }, want: [`sets hostIPC; ${own}`] },
  {
    case: "hostPath",
    change: { spec: { volumes: [{ name: "docker", hostPath: { path: "/var/run" } }] } },
    want: ['volume "docker" is the path /var/run of its node; use a volume claim or an emptyDir.'],
  },
  {
    case: "hostPort",
    change: { container: { ports: [{ containerPort: 80, hostPort: 8080 }] } },
    want: ['container "main" takes port 8080 of its node; expose it with a Service.'],
  },
  {
    case: "all at once",
    change: {
      spec: {
        hostNetwork: true,
        hostPID: true,
        hostIPC: true,
        volumes: [{ name: "root", hostPath: { path: "/" } }],
      },
    },
    want: [
      `sets hostNetwork; ${own}`,
      `sets hostPID; ${own}`,
      `sets hostIPC; ${own}`,
      'volume "root" is the path / of its node; use a volume claim or an emptyDir.',
    ],
  },
])("$case", ({ change, want }) => {
  const job = makeQueued("batch/v1:Job", change);
  const messages = want.map((found) => `Job "train": ${found}`);
  const workload = workloadsOf(job)[0];
  expect(workload && [...hostAccess(workload)]).toEqual(messages);
  expect(findings([job])).toEqual(only(forbidHostAccess, messages));
});
