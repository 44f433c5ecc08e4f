/** Mistakes of a stack file about queueing, each of which breaks one rule. */
import { placeholder } from "./builders.ts";
import type { Mistake, Stack } from "./refusals.ts";

/** KAI has nothing for it either; each row shall break one rule. */
function dropReserve({ teams }: Stack): boolean {
  return delete teams[1].quotas[0].lendingLimit;
}

const volcano = { backend: "volcano" };

export const queueingMistakes: readonly Mistake[] = [
  {
    case: "a backend whose images cannot be built here",
    spoil: (stack) => Object.assign(stack.queueing, { backend: "kai" }) && dropReserve(stack),
    want: [
      ["queueing", "backend"],
      '"kai"',
      "one of kueue, volcano, which this cluster can run",
      'use backend "kueue", or a cluster that can pull the images of kai',
    ],
  },
  {
    case: "weights for a backend that has none",
    spoil: (stack) => Object.assign(stack.queueing, { backend: "volcano", fairSharing: true }),
    want: [
      ["queueing", "fairSharing"],
      "true",
      'false with backend "volcano": it hands idle accelerators to whoever asks first, ' +
        "and has no weights for them",
      'leave fairSharing out, or use backend "kueue"',
    ],
  },
  {
    case: "node health with a backend whose gangs it cannot requeue whole",
    spoil: (stack) => Object.assign(stack, { nodeHealth: {}, queueing: { ...stack.queueing, ...volcano } }),
    want: [
      ["nodeHealth"],
      'node health beside the queueing backend "volcano"',
      '"kueue": whole gangs are requeued by their Workloads, which only Kueue has',
      "leave node health out, or queue with kueue",
    ],
  },
  {
    case: "a cohort below one that is not declared",
    spoil: (stack) =>
      Object.assign(stack.queueing, { cohortTree: [{ cohort: "platform", parent: "company" }] }),
    want: [
      ["queueing", "cohortTree", 0, "parent"],
      '"company"',
      "one of platform",
      "declare company, or name one that is declared",
    ],
  },
  {
    case: "nodes on order where none come",
    spoil: (stack) =>
      Object.assign(stack.queueing, { provisioning: [{ pool: "h100", provisioningClass: "queued" }] }),
    want: [
      ["queueing", "provisioning", 0, "provisioningClass"],
      '"queued"',
      "nothing: no node comes on demand here",
      "leave provisioning out; every node of the pool is there from the start",
    ],
  },
  {
    case: "a project that its team does not have",
    spoil: (stack) => Object.assign(stack.jobs[0], { project: "speech" }),
    want: [
      ["jobs", 0, "project"],
      '"speech"',
      "nothing: none is declared",
      "declare speech, or name one that is declared",
    ],
  },
  {
    case: "a job that grows where none may",
    spoil: (stack) => Object.assign(stack.jobs[0], { elastic: true }),
    want: [
      ["jobs", 0, "elastic"],
      "true",
      "false while queueing.elasticJobs is off",
      "set queueing.elasticJobs, or leave elastic out",
    ],
  },
  {
    case: "a gang that would not find itself in another cluster",
    spoil: (stack) =>
      Object.assign(stack.queueing, {
        multiKueue: { pools: ["h100"], clusters: [{ name: "east", kubeconfigSecret: "east" }] },
      }),
    want: [
      ["jobs", 0, "nodes"],
      "2",
      "1 for a plain gang in pool h100, whose jobs go to another cluster: " +
        "their pods would not find each other there",
      "make it a jobset, which brings its pods names wherever it runs, " +
        "or choose a pool that queueing.multiKueue does not name",
    ],
  },
  {
    case: "a notebook that people would look for in another cluster",
    spoil: (stack) => {
      const notebook = { name: "lab", team: "vision", owner: "ada", pool: "l40s", image: placeholder };
      Object.assign(stack, { notebooks: [{ ...notebook, accelerators: 1 }] });
      Object.assign(stack.queueing, {
        multiKueue: { pools: ["l40s"], clusters: [{ name: "east", kubeconfigSecret: "east" }] },
      });
    },
    want: [
      ["notebooks", 0, "pool"],
      '"l40s"',
      "a pool whose nodes are in this cluster: pods of a notebook would go to another, without their Service",
      "choose a pool that queueing.multiKueue does not name",
    ],
  },
  {
    case: "a domain of one node under Volcano",
    spoil: (stack) =>
      Object.assign(stack.queueing, { backend: "volcano" }) &&
      Object.assign(stack.jobs[0], { nodes: 1, topology: { mode: "required", domain: "node" } }),
    want: [
      ["jobs", 0, "topology", "domain"],
      '"node"',
      'a domain of several nodes with backend "volcano", whose domains begin above the node',
      "ask for one pod with all the accelerators of the node, or name a wider domain",
    ],
  },
];
