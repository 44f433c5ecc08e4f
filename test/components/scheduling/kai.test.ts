import { expect, test } from "vitest";
import type { Cluster } from "../../../components/cluster/contract.ts";
import { Queueing } from "../../../components/index.ts";
import { kai } from "../../../components/scheduling/kai.ts";
import { makeCluster } from "../../support/builders.ts";
import {
  makePool,
  makeQueueingPlan,
  makeQuotaPlan,
  places,
  type Settings,
} from "../../support/queueing-plan.ts";
import { record } from "../../support/record.ts";

const abilities = { charts: ["kai" as const], provisioningClasses: ["queued"] };

test.each<{ case: string; settings: Settings; want: string[] }>([
  { case: "nothing said", settings: {}, want: [] },
  { case: "weights: they are its own", settings: { fairSharing: true }, want: [] },
  {
    case: "a tree of cohorts",
    settings: { cohortTree: [{ cohort: "platform" }] },
    want: ["queueing.cohortTree: settings of cohortTree"],
  },
  {
    case: "an order by past use",
    settings: { admissionFairSharing: {} },
    want: ["queueing.admissionFairSharing: settings of admissionFairSharing"],
  },
  { case: "preemption", settings: { preemption: {} }, want: ["queueing.preemption: settings of preemption"] },
  { case: "time to start", settings: { podsReady: {} }, want: ["queueing.podsReady: settings of podsReady"] },
  {
    case: "requests to the API server",
    settings: { clientConnection: {} },
    want: ["queueing.clientConnection: settings of clientConnection"],
  },
  { case: "jobs that grow", settings: { elasticJobs: true }, want: ["queueing.elasticJobs: true"] },
  {
    case: "nodes on order",
    settings: { provisioning: [{ pool: "h100", provisioningClass: "queued" }] },
    want: ["queueing.provisioning: settings of provisioning"],
  },
  {
    case: "other clusters",
    settings: { multiKueue: { pools: ["h100"], clusters: [{ name: "east", kubeconfigSecret: "east" }] } },
    want: ["queueing.multiKueue: settings of multiKueue"],
  },
])("refused: $case", ({ settings, want }) => {
  expect(places(kai.problems(makeQueueingPlan({ backend: "kai", ...settings }, { abilities })))).toEqual(
    want,
  );
});

test("refused: a reserve, and a cluster that cannot run it", () => {
  const quotas = [makeQuotaPlan({ lendingLimit: 4 })];
  expect(places(kai.problems(makeQueueingPlan({ backend: "kai" }, { abilities, quotas })))).toEqual([
    "teams[0].quotas[0].lendingLimit: 4",
  ]);
  expect(places(kai.problems(makeQueueingPlan({ backend: "kai" })))).toEqual(['queueing.backend: "kai"']);
});

test("elsewhere it is rendered: chart, topology, queues under their cohort, guard", async () => {
  const charts: string[] = [];
  const resources = await record(() => {
    const local = makeCluster();
    const cluster: Cluster = {
      ...local,
      abilities,
      install: (name, release, opts) => {
        charts.push(`${release.chart} in ${release.namespace}`);
        return local.install(name, { ...release, chart: "kueue" }, opts);
      },
    };
    const queues = [{ team: "red", pool: "h100", cohort: "platform", accelerators: 8 }];
    const pools = [makePool("h100")];
    new Queueing("queues", { cluster, backend: "kai", pools, cohorts: ["platform"], queues });
  });
  const own = resources.filter(({ parent, type }) => parent.includes("Queueing") && !type.includes("helm"));
  expect(charts).toEqual(["kai in kai-scheduler"]);
  expect(own.map(({ type, name, dependsOn }) => [type.replace("kubernetes:", ""), name, dependsOn])).toEqual([
    ["admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy", "queues-guard", ["queues"]],
    [
      "admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding",
      "queues-guard-binding",
      ["queues-guard"],
    ],
    ["core/v1:Namespace", "kai-scheduler", []],
    ["kai.scheduler/v1alpha1:Topology", "queues-topology-default", ["queues"]],
    ["scheduling.run.ai/v2:Queue", "queues-queue-platform.h100", ["queues", "queues-guard-binding"]],
    ["scheduling.run.ai/v2:Queue", "queues-queue-red-h100", ["queues-queue-platform.h100"]],
  ]);
});
