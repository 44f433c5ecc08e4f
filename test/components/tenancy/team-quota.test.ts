import { expect, test } from "vitest";
import { coveredResources } from "../../../components/scheduling/cluster-queue.ts";
import { containerDefaults, namespaceQuota } from "../../../components/tenancy/team-quota.ts";
import { makeClaimed, makePartitioned, makePlatform } from "../../support/builders.ts";
import { record } from "../../support/record.ts";

const counts = {
  "count/jobs.batch": "5000",
  "count/configmaps": "1000",
  "count/secrets": "1000",
  "count/services": "1000",
  "count/resourceclaimtemplates.resource.k8s.io": "1000",
  persistentvolumeclaims: "100",
  "services.loadbalancers": "0",
  "services.nodeports": "0",
};

test.each([
  {
    case: "one queue: all of its pool",
    teams: ["research"],
    want: { "requests.cpu": "765800m", "requests.memory": "8382788Mi", "requests.nvidia.com/gpu": "32" },
  },
  {
    case: "two queues add up",
    teams: ["research", "vision"],
    want: { "requests.cpu": "1531600m", "requests.memory": "16765576Mi", "requests.nvidia.com/gpu": "64" },
  },
  { case: "no queue, no resources", teams: [], want: { "requests.cpu": "0", "requests.memory": "0" } },
])("$case", async ({ teams, want }) => {
  let hard: unknown;
  await record(() => {
    const queues = makePlatform().queueing.queues.filter(({ team }) => teams.some((name) => name === team));
    hard = namespaceQuota(queues, 7, false);
  });
  expect(hard).toEqual({ ...want, pods: "7", ...counts });
});

test("where pods of waiting jobs exist, requests are the queues' to count", () => {
  expect(namespaceQuota([], 7, true)).toEqual({ pods: "7", ...counts });
});

test("containers get defaults only for resources that every queue covers (F42)", () => {
  const covered = coveredResources({ devices: [{ resourceName: "nvidia.com/gpu" }] });
  const defaulted = [
    ...Object.keys(containerDefaults.default),
    ...Object.keys(containerDefaults.defaultRequest),
  ];
  expect(defaulted.filter((resource) => !covered.includes(resource))).toEqual([]);
  expect(containerDefaults.default).toEqual(containerDefaults.defaultRequest);
});

test.each([
  {
    devices: "whole",
    want: { "gpu.nvidia.com.deviceclass.resource.k8s.io/devices": "16", "requests.nvidia.com/gpu": "16" },
  },
  { devices: "partitions", want: { "mig.nvidia.com.deviceclass.resource.k8s.io/devices": "7" } },
  { devices: "shares", want: { "gpu-share.plinth.dev.deviceclass.resource.k8s.io/devices": "7" } },
] as const)("claims on $devices are limited by class", async ({ devices, want }) => {
  let hard: Record<string, string> = {};
  await record(() => {
    hard = namespaceQuota(makeClaimed(devices).queueing.queues, 7, false);
  });
  const classes = Object.entries(hard).filter(([key]) => /nvidia|plinth/.test(key));
  expect(Object.fromEntries(classes)).toEqual(want);
});

test("every kind of slice of a partitioned pool is limited, also without a quota of it", async () => {
  let hard: Record<string, string> = {};
  await record(() => {
    hard = namespaceQuota(makePartitioned().queueing.queues, 7, false);
  });
  expect(Object.entries(hard).filter(([key]) => key.startsWith("requests."))).toEqual([
    ["requests.cpu", "382900m"],
    ["requests.memory", "4191394Mi"],
    ["requests.nvidia.com/mig-1g.10gb", "32"],
    ["requests.nvidia.com/mig-2g.20gb", "16"],
    ["requests.nvidia.com/mig-3g.40gb", "16"],
  ]);
});
