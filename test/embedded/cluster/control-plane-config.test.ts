/** The control plane's configuration files: what is logged, what is admitted, how fast clients may ask. */
import { expect, test } from "vitest";
import {
  admissionConfiguration,
  apiServerGrowthPercent,
  apiServerMemoryMiB,
  auditPolicy,
  clientLimits,
  schedulerConfiguration,
  schedulerExtenderUrl,
} from "../../../embedded/cluster/control-plane-config.ts";

test("the audit log holds who did what, never a body, and nothing of what only reads (F96)", () => {
  expect(auditPolicy.omitStages).toEqual(["RequestReceived"]);
  expect(auditPolicy.rules).toEqual([
    { level: "None", verbs: ["get", "list", "watch"] },
    { level: "None", resources: [{ group: "coordination.k8s.io", resources: ["leases"] }] },
    { level: "None", resources: [{ group: "", resources: ["events"] }, { group: "events.k8s.io" }] },
    { level: "Metadata" },
  ]);
});

test("namespaces without a Pod Security level get baseline, all but the cluster's own", () => {
  const [podSecurity, ...others] = admissionConfiguration.plugins;
  expect(others).toEqual([]);
  expect(podSecurity?.configuration.defaults).toEqual({
    enforce: "baseline",
    "enforce-version": "latest",
    audit: "restricted",
    "audit-version": "latest",
    warn: "restricted",
    "warn-version": "latest",
  });
  expect(podSecurity?.configuration.exemptions).toEqual({
    usernames: [],
    runtimeClasses: [],
    namespaces: ["kube-system"],
  });
});

test("the scheduler elects nobody and asks as fast as the other clients", () => {
  const configuration = schedulerConfiguration("/state/scheduler.kubeconfig");
  expect(configuration.clientConnection).toEqual({
    kubeconfig: "/state/scheduler.kubeconfig",
    ...clientLimits,
  });
  expect(configuration.leaderElection).toEqual({ leaderElect: false });
});

test("a pod that names no scheduler is placed as Kubernetes does; packing counts accelerators first", () => {
  const { profiles, extenders } = schedulerConfiguration("/state/scheduler.kubeconfig");
  const [spread, packing, ...others] = profiles;
  expect(spread).toEqual({ schedulerName: "default-scheduler" });
  expect(packing).toEqual({
    schedulerName: "plinth-packing",
    percentageOfNodesToScore: 100,
    plugins: {
      score: {
        disabled: [{ name: "NodeResourcesBalancedAllocation" }],
        enabled: [{ name: "NodeResourcesFit", weight: 10 }],
      },
    },
    pluginConfig: [
      {
        name: "NodeResourcesFit",
        args: {
          scoringStrategy: {
            type: "MostAllocated",
            resources: [
              { name: "nvidia.com/gpu", weight: 8 },
              { name: "google.com/tpu", weight: 8 },
              { name: "cpu", weight: 1 },
              { name: "memory", weight: 1 },
            ],
          },
        },
      },
    ],
  });
  expect([others, extenders]).toEqual([[], undefined]);
});

test("an extender gets a profile of its own; without an answer pods are placed all the same", () => {
  const { profiles, extenders } = schedulerConfiguration(
    "/state/scheduler.kubeconfig",
    "http://127.0.0.1:8888",
  );
  expect(profiles[2]).toEqual({ schedulerName: "plinth-waste", percentageOfNodesToScore: 100 });
  expect(extenders).toEqual([
    {
      urlPrefix: "http://127.0.0.1:8888",
      prioritizeVerb: "prioritize",
      weight: 100,
      nodeCacheCapable: true,
      httpTimeout: "5s",
      ignorable: true,
    },
  ]);
});

test.each([
  { value: undefined, want: 75 },
  { value: "", want: 75 },
  { value: "10", want: 10 },
  { value: "1000", want: 1000 },
])("memory of the API server: $value", ({ value, want }) => {
  expect(apiServerGrowthPercent({ PLINTH_API_SERVER_GOGC: value })).toBe(want);
});

test.each(["9", "1001", "off", "1e2", "-1", "75.5"])("memory of the API server, refused: %s", (value) => {
  expect(() => apiServerGrowthPercent({ PLINTH_API_SERVER_GOGC: value })).toThrow(
    `PLINTH_API_SERVER_GOGC is "${value}"; it must be a whole number from 10 to 1000`,
  );
});

test.each([
  { case: "not set", value: undefined, want: undefined },
  { case: "empty", value: "", want: undefined },
  { case: "this machine", value: "http://127.0.0.1:8888", want: "http://127.0.0.1:8888" },
  { case: "its name", value: "http://localhost:1", want: "http://localhost:1" },
])("extender: $case", ({ value, want }) => {
  expect(schedulerExtenderUrl({ PLINTH_SCHEDULER_EXTENDER: value })).toBe(want);
});

test.each([
  "http://10.0.0.1:8888",
  "http://127.0.0.1",
  "http://127.0.0.1.example.com:80",
  "https://127.0.0.1:1",
])("an extender that is no plain address of this machine is refused: %s", (url) => {
  expect(() => schedulerExtenderUrl({ PLINTH_SCHEDULER_EXTENDER: url })).toThrow(
    `PLINTH_SCHEDULER_EXTENDER is "${url}"; it must be an address of this machine`,
  );
});

test.each([
  [2_000, 1_024],
  [2_049, 1_024],
  [24_105.5, 12_052],
])("of %d MiB the API server has %d before it collects more often", (machineMiB, want) => {
  expect(apiServerMemoryMiB(machineMiB)).toBe(want);
});
