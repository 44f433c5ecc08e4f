import { expect, test } from "vitest";
import type { z } from "zod";
import { formatPath } from "../../../components/planning/problem.ts";
import type { QueueingPlan } from "../../../components/scheduling/backend.ts";
import { kueueProblems } from "../../../components/scheduling/kueue-rules.ts";
import { queueingSection } from "../../../components/scheduling/queueing-config.ts";

type Settings = Partial<z.input<typeof queueingSection>>;

function problemsOf(settings: Settings, provisioningClasses: readonly string[] = ["queued"]): string[] {
  const plan: QueueingPlan = {
    path: ["queueing"],
    settings: queueingSection.parse({ cohorts: ["platform"], ...settings }),
    pools: [],
    poolNames: ["h100", "l40s"],
    quotas: [],
    lendersKnown: true,
    abilities: { charts: ["kueue"], provisioningClasses },
  };
  return kueueProblems(plan).map(({ path, given }) => `${formatPath(path)}: ${given}`);
}

const asks = { pool: "h100", provisioningClass: "queued" };
const east = { name: "east", kubeconfigSecret: "east" };

test.each<{ case: string; settings: Settings; classes?: string[]; want: string[] }>([
  { case: "nothing said", settings: {}, want: [] },
  {
    case: "never reclaims, never borrows by force",
    settings: { preemption: { reclaim: "never" } },
    want: [],
  },
  {
    case: "preempts for borrowers but not for its own",
    settings: { preemption: { reclaim: "never", borrowing: {} } },
    want: ['queueing.preemption.borrowing: policy "lower-priority" beside preemption.reclaim "never"'],
  },
  {
    case: "the same with the policy never",
    settings: { preemption: { reclaim: "never", borrowing: { policy: "never" } } },
    want: [],
  },
  {
    case: "preempts for borrowers beside fair sharing",
    settings: { fairSharing: true, preemption: { borrowing: {} } },
    want: ['queueing.preemption.borrowing: policy "lower-priority" beside fairSharing'],
  },
  {
    case: "waits less at most than at first",
    settings: { podsReady: { backoffBaseSeconds: 60, backoffMaxSeconds: 59 } },
    want: ["queueing.podsReady.backoffMaxSeconds: 59"],
  },
  { case: "asks for nodes", settings: { provisioning: [asks] }, want: [] },
  {
    case: "asks where no node comes on demand",
    settings: { provisioning: [asks] },
    classes: [],
    want: ['queueing.provisioning[0].provisioningClass: "queued"'],
  },
  {
    case: "asks with a class that nobody serves",
    settings: { provisioning: [{ ...asks, provisioningClass: "other" }] },
    want: ['queueing.provisioning[0].provisioningClass: "other"'],
  },
  {
    case: "asks for nodes of no pool",
    settings: { provisioning: [{ ...asks, pool: "l4" }] },
    want: ['queueing.provisioning[0].pool: "l4"'],
  },
  {
    case: "asks twice",
    settings: { provisioning: [asks, asks] },
    want: ['queueing.provisioning[1].pool: "h100", which entry 0 already has'],
  },
  {
    case: "asks again sooner at most than at first",
    settings: { provisioning: [{ ...asks, backoffBaseSeconds: 9, backoffMaxSeconds: 8 }] },
    want: ["queueing.provisioning[0].backoffMaxSeconds: 8"],
  },
  { case: "sends jobs away", settings: { multiKueue: { pools: ["h100"], clusters: [east] } }, want: [] },
  {
    case: "sends jobs of no pool",
    settings: { multiKueue: { pools: ["l4"], clusters: [east] } },
    want: ['queueing.multiKueue.pools[0]: "l4"'],
  },
  {
    case: "sends jobs of a pool twice",
    settings: { multiKueue: { pools: ["h100", "h100"], clusters: [east] } },
    want: ['queueing.multiKueue.pools[1]: "h100", which entry 0 already has'],
  },
  {
    case: "sends to one cluster twice",
    settings: { multiKueue: { pools: ["h100"], clusters: [east, east] } },
    want: ['queueing.multiKueue.clusters[1].name: "east", which entry 0 already has'],
  },
  {
    case: "sends jobs away and asks for nodes here",
    settings: { provisioning: [asks], multiKueue: { pools: ["h100"], clusters: [east] } },
    want: ['queueing.multiKueue.pools[0]: "h100", whose nodes provisioning also asks for'],
  },
])("$case", ({ settings, classes, want }) => {
  expect(problemsOf(settings, classes)).toEqual(want);
});
