/** What must hold whenever a cluster has come to rest after a fault. */
import type { JobState, Snapshot } from "./snapshot.ts";

export interface Expected {
  /** Every job that was submitted and not deleted. */
  readonly jobs: readonly string[];
  /** Nodes on which nothing may run: broken ones, and ones that are gone. */
  readonly out: readonly string[];
}

/** What is wrong, in words; nothing if all is well. */
export function violations(snapshot: Snapshot, expected: Expected): string[] {
  return [
    ...lostOrDoubled(snapshot, expected),
    ...snapshot.jobs.flatMap((job) => gangViolations(job, snapshot)),
    ...quotaViolations(snapshot),
    ...nodeViolations(snapshot, expected),
  ];
}

function lostOrDoubled({ jobs, pods, workloads }: Snapshot, expected: Expected): string[] {
  const names = jobs.map(({ name }) => name);
  const owners = workloads.map(({ job }) => job);
  return [
    ...expected.jobs.filter((job) => !names.includes(job)).map((job) => `${job} is lost`),
    ...names.filter((job) => !expected.jobs.includes(job)).map((job) => `${job} is too much`),
    ...names
      .map((job) => ({ job, count: owners.filter((owner) => owner === job).length }))
      .filter(({ count }) => count !== 1)
      .map(({ job, count }) => `${job} has ${count} workloads`),
    ...pods.filter(({ job }) => !names.includes(job)).map(({ job }) => `a pod of ${job} is left`),
  ];
}

/** Whole or absent; admitted and whole are the same. */
function gangViolations(job: JobState, { pods, workloads }: Snapshot): string[] {
  if (job.end === "Failed") return [`${job.name} has failed`];
  if (job.end === "Complete") {
    return job.succeeded === job.nodes
      ? []
      : [`${job.name} is complete with ${job.succeeded} of ${job.nodes}`];
  }
  const own = pods.filter((pod) => pod.job === job.name);
  const workload = workloads.find((candidate) => candidate.job === job.name);
  const running = own.filter(({ isRunning, isGoing }) => isRunning && !isGoing).length;
  const wanted = workload?.queue === undefined ? 0 : job.nodes;
  return [
    ...(own.length === wanted && running === wanted
      ? []
      : [`${job.name} has ${own.length} pods, ${running} of them running, and is due ${wanted}`]),
    ...(workload?.isActive === false ? [`${job.name} is stopped`] : []),
    ...(workload?.requeuedFrom === undefined ? [] : [`${job.name} is still being requeued`]),
  ];
}

function quotaViolations({ workloads, used }: Snapshot): string[] {
  return Object.entries(used).flatMap(([queue, nodes]) => {
    const holding = workloads.filter((workload) => workload.queue === queue && !workload.isFinished);
    const sum = holding.reduce((total, workload) => total + workload.nodes, 0);
    return sum === nodes ? [] : [`${queue} counts ${nodes} nodes, its workloads hold ${sum}`];
  });
}

function nodeViolations({ pods, nodes }: Snapshot, { out }: Expected): string[] {
  const placed = pods.map(({ node }) => node).filter((node) => node !== undefined);
  return [
    ...placed.filter((node) => !nodes.includes(node)).map((node) => `a pod stands on ${node}, which is gone`),
    ...placed.filter((node) => out.includes(node)).map((node) => `a pod stands on ${node}, which is out`),
    ...placed.filter((node, index) => placed.indexOf(node) !== index).map((node) => `two pods share ${node}`),
  ];
}
