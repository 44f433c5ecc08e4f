/** What queues could borrow in a tree of cohorts, added up as Kueue does (pkg/cache/scheduler). */
import { count, type Path, type Problem, upTo } from "./problem.ts";
import type { QuotaPlan } from "./quota.ts";
import { repeatedName, unknownName } from "./reference.ts";
import { sum } from "./sum.ts";

/** A cohort's place in the tree, and the accelerators that it owns itself. */
export interface CohortPlan {
  readonly path: Path;
  readonly cohort: string;
  readonly parent?: string | undefined;
  readonly quotas: readonly CohortQuota[];
}

export interface CohortQuota {
  readonly pool: string;
  readonly accelerators: number;
  readonly borrowingLimit?: number | undefined;
  readonly lendingLimit?: number | undefined;
}

type Quota = Pick<QuotaPlan, "pool" | "profile" | "cohort" | "accelerators" | "lendingLimit">;

/** What is counted: the accelerators of a pool, or its slices of one profile. */
type Counted = Pick<QuotaPlan, "pool" | "profile">;

/** The most accelerators that a queue could borrow, were everything else idle. */
export function borrowable(queue: QuotaPlan, quotas: readonly Quota[], tree: readonly CohortPlan[]): number {
  const kept = queue.accelerators - lent(queue.accelerators, queue.lendingLimit);
  return kept + available(queue.cohort, queue, quotas, tree, []) - queue.accelerators;
}

/** The most that everything below a cohort could hold at once. */
function available(
  cohort: string,
  counted: Counted,
  quotas: readonly Quota[],
  tree: readonly CohortPlan[],
  below: readonly string[],
): number {
  const node = tree.find((candidate) => candidate.cohort === cohort);
  const own = ownQuota(node, counted);
  const total = subtree(cohort, counted, quotas, tree, []);
  if (node?.parent === undefined || below.includes(node.parent)) return total;
  const kept = total - lent(total, own?.lendingLimit);
  const all = kept + available(node.parent, counted, quotas, tree, [...below, cohort]);
  return Math.min(all, total + (own?.borrowingLimit ?? Number.POSITIVE_INFINITY));
}

/** What a cohort and everything below it own together, less what is not lent upwards. */
function subtree(
  cohort: string,
  counted: Counted,
  quotas: readonly Quota[],
  tree: readonly CohortPlan[],
  above: readonly string[],
): number {
  const node = tree.find((candidate) => candidate.cohort === cohort);
  const queues = quotas.filter((quota) => quota.cohort === cohort && isSame(quota, counted));
  // A tree that bites its own tail is refused elsewhere; here it only must end.
  const children = tree.filter(({ parent, cohort: child }) => parent === cohort && !above.includes(child));
  const fromQueues = queues.map((quota) => lent(quota.accelerators, quota.lendingLimit));
  const fromCohorts = children.map((child) => {
    const total = subtree(child.cohort, counted, quotas, tree, [...above, cohort]);
    return lent(total, ownQuota(child, counted)?.lendingLimit);
  });
  return sum([ownQuota(node, counted)?.accelerators ?? 0, ...fromQueues, ...fromCohorts]);
}

/** Cohorts own no slices. */
function ownQuota(node: CohortPlan | undefined, counted: Counted): CohortQuota | undefined {
  return node?.quotas.find(({ pool }) => isSame({ pool }, counted));
}

function isSame(one: Counted, other: Counted): boolean {
  return one.pool === other.pool && one.profile === other.profile;
}

function lent(owned: number, limit: number | undefined): number {
  return Math.min(owned, limit ?? owned);
}

/** Queues that may borrow more than all around them could lend. */
export function borrowingProblems(quotas: readonly QuotaPlan[], tree: readonly CohortPlan[] = []): Problem[] {
  return quotas.flatMap((quota) => {
    const lendable = borrowable(quota, quotas, tree);
    if (quota.borrowingLimit <= lendable) return [];
    const isAlone = tree.every(({ cohort }) => cohort !== quota.cohort);
    const lenders = isAlone
      ? `the other teams of cohort ${quota.cohort}`
      : `cohort ${quota.cohort} and those above it`;
    const others = isAlone ? "the other teams" : "others";
    return [
      {
        path: [...quota.path, "borrowingLimit"],
        given: String(quota.borrowingLimit),
        allowed: `${upTo(lendable)}, what ${lenders} lend in pool ${quota.pool}`,
        remedy: `lower borrowingLimit to ${lendable}, or let ${others} lend more`,
      },
    ];
  });
}

/** Cohorts that stand nowhere, twice or above themselves, and quotas that make no sense there. */
export function cohortProblems(
  tree: readonly CohortPlan[],
  cohorts: readonly string[],
  pools: readonly string[],
): Problem[] {
  const names = tree.map(({ cohort }) => cohort);
  return tree.flatMap((node, index) => [
    ...unknownName([...node.path, "cohort"], node.cohort, cohorts),
    ...repeatedName([...node.path, "cohort"], index, names),
    ...(node.parent === undefined ? [] : parentProblems(node, node.parent, tree, cohorts)),
    ...node.quotas.flatMap((quota, place) => quotaProblems(node, quota, place, pools)),
  ]);
}

function parentProblems(
  node: CohortPlan,
  parent: string,
  tree: readonly CohortPlan[],
  cohorts: readonly string[],
): Problem[] {
  const circle = circleFrom(node.cohort, tree);
  const path = [...node.path, "parent"];
  if (circle === undefined) return unknownName(path, parent, cohorts);
  return [
    {
      path,
      given: `${circle.join(" below ")}: a circle of ${count(circle.length - 1, "cohort")}`,
      allowed: "a cohort that does not stand below this one",
      remedy: "leave out the parent of the cohort that shall stand at the top",
    },
  ];
}

function circleFrom(cohort: string, tree: readonly CohortPlan[]): string[] | undefined {
  const way = [cohort];
  for (;;) {
    const parent = tree.find((node) => node.cohort === way.at(-1))?.parent;
    if (parent === undefined) return undefined;
    if (parent === cohort) return [...way, parent];
    if (way.includes(parent)) return undefined;
    way.push(parent);
  }
}

function quotaProblems(
  node: CohortPlan,
  quota: CohortQuota,
  place: number,
  pools: readonly string[],
): Problem[] {
  const path = [...node.path, "quotas", place];
  const limits = (["borrowingLimit", "lendingLimit"] as const).filter((key) => quota[key] !== undefined);
  const own = node.quotas.map(({ pool }) => pool);
  return [
    ...unknownName([...path, "pool"], quota.pool, pools),
    ...repeatedName([...path, "pool"], place, own),
    ...(node.parent === undefined ? limits : []).map((key) => ({
      path: [...path, key],
      given: String(quota[key]),
      allowed: "nothing for a cohort without parent, which can neither borrow nor lend",
      remedy: `leave ${key} out, or give cohort ${node.cohort} a parent`,
    })),
  ];
}
