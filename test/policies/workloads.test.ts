import { UnknownValueError, unknownCheckingProxy } from "@pulumi/policy";
import { describe, expect, test } from "vitest";
import { unpinnedImages } from "../../policies/supply-chain/require-pinned-image.ts";
import { containersOf, judgeWorkloads, queueNameOf, titleOf, workloadOf } from "../../policies/workloads.ts";
import { makeQueued, makeResource, makeUnqueued, workloadKinds } from "../support/policy-objects.ts";

describe.each(workloadKinds)("%s", (kind) => {
  const workload = workloadOf(makeQueued(kind));

  test("shows its pod, its queue and its name", () => {
    expect(workload && containersOf(workload).map(({ name }) => name)).toEqual(["main"]);
    expect(workload && queueNameOf(workload)).toBe("h100");
    expect(workload && titleOf(workload)).toBe(`${kind.replace(/.*:/, "")} "train"`);
    expect(workload?.metadata?.namespace).toBe("vision");
    expect(workload?.pod.metadata?.labels?.["plinth.dev/cost-center"]).toBe("4711");
  });

  test("has no queue without the label", () => {
    const unqueued = workloadOf(makeUnqueued(kind));
    expect(unqueued && queueNameOf(unqueued)).toBeUndefined();
  });

  test("may lack every field", () => {
    const empty = workloadOf(makeResource(kind, {}));
    expect(empty && containersOf(empty)).toEqual([]);
    expect(empty && queueNameOf(empty)).toBeUndefined();
    expect(empty && titleOf(empty)).toBe(`${kind.replace(/.*:/, "")} "unnamed"`);
  });
});

const queueLabels = { "kueue.x-k8s.io/queue-name": "h100" };

test.each([
  { case: "a Job's template queues nothing", token: "batch/v1:Job", at: "template", want: undefined },
  { case: "a Deployment's pods queue one by one", token: "apps/v1:Deployment", at: "template", want: "h100" },
  {
    case: "a label on a DaemonSet itself queues nothing",
    token: "apps/v1:DaemonSet",
    at: "itself",
    want: undefined,
  },
  {
    case: "a label on a CronJob itself queues nothing",
    token: "batch/v1:CronJob",
    at: "itself",
    want: undefined,
  },
])("$case", ({ token, at, want }) => {
  const labelled = { metadata: { labels: queueLabels } };
  const props = at === "itself" ? labelled : { spec: { template: labelled } };
  const workload = workloadOf(makeResource(token, props));
  expect(workload).toBeDefined();
  expect(workload && queueNameOf(workload)).toBe(want);
});

test.each(["apps/v1:DeploymentList", "core/v1:ConfigMap", "core/v1:PodTemplate"])(
  "%s is no workload",
  (token) => {
    expect(workloadOf(makeResource(token, {}))).toBeUndefined();
  },
);

test("a patch is judged as what it patches", () => {
  expect(workloadOf(makeResource("batch/v1:JobPatch", {}))?.kind).toBe("Job");
});

test("init and debug containers count", () => {
  const spec = { initContainers: [{ name: "init" }], ephemeralContainers: [{ name: "debug" }] };
  const workload = workloadOf(makeQueued("batch/v1:Job", { spec }));
  expect(workload && containersOf(workload).map(({ name }) => name)).toEqual(["init", "main", "debug"]);
});

test("a generated name stands for a name", () => {
  const workload = workloadOf(makeResource("core/v1:Pod", { metadata: { generateName: "train-" } }));
  expect(workload && titleOf(workload)).toBe('Pod "train-"');
});

test("a value unknown in a preview hides only the problems after it", () => {
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const images = ["first", unknown, "third"];
  const containers = images.map((image, index) => ({ name: `c${index}`, image }));
  const { type, props } = makeQueued("batch/v1:Job", { spec: { containers } });
  const reported: string[] = [];
  const judge = judgeWorkloads(unpinnedImages);
  const args = { type, props: unknownCheckingProxy(props) } as unknown as Parameters<typeof judge>[0];
  expect(() => judge(args, (message) => void reported.push(message))).toThrow(UnknownValueError);
  expect(reported).toEqual([
    'Job "train": container "c0" has the image "first", which has neither tag nor digest; ' +
      "name a release by tag or digest.",
  ]);
});
