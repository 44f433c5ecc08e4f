/** A written queueing scenario: who has what, who submits what, and who then runs or waits, and why. */
import type { Quota, Submission } from "./scenario.ts";

export type TeamName = "red" | "blue" | "gold";

export interface Row {
  readonly case: string;
  /** Name of the pool, which is the row's alone: rows do not see each other and may run side by side. */
  readonly pool: string;
  /** Each with eight accelerators; two share NVLink, and four make a rack. */
  readonly nodes: number;
  readonly quotas: Partial<Record<TeamName, Quota>>;
  readonly steps: readonly Step[];
}

/** What happens, one after the other, and then what every job of the row does. */
interface Step {
  readonly submit?: readonly Submission[];
  readonly finish?: readonly string[];
  readonly want: Readonly<Record<string, string>>;
}

export type Details = Partial<Omit<Submission, "name" | "team">>;

function jobsOf(team: TeamName) {
  return (name: string, details: Details = {}): Submission => ({ team, name: `${team}-${name}`, ...details });
}

export const red = jobsOf("red");
export const blue = jobsOf("blue");
export const gold = jobsOf("gold");

/** The room that all rows stand in, NVLink included where somebody says so. */
export const room = { nodesPerRack: 4, racksPerBlock: 4, nodesPerNvlinkDomain: 2 };
export const oneRack: Details = { topology: { mode: "required", level: "topology.plinth.dev/rack" } };
export const oneNvlink: Details = { topology: { mode: "required", level: "topology.plinth.dev/nvlink" } };

/** Kueue's words about accelerators that are free nowhere the queue may take them from. */
export function short(pool: string, accelerators = 8): string {
  return `insufficient unused quota for nvidia.com/gpu in flavor ${pool}, ${accelerators} more needed`;
}

/** A job that ran, was preempted for a reason, and waits again. */
export function preempted(reason: string, pool: string, accelerators = 8): string {
  return `preempted (${reason}); ${short(pool, accelerators)}`;
}
