/** What fits onto one GPU under MIG: a search over the positions that the hardware allows. */
import type { AcceleratorId } from "../catalogue/hardware.ts";
import {
  computeSlicesPerGpu,
  type MigGeometry,
  type MigProfile,
  memorySlicesPerGpu,
  migGeometry,
} from "../catalogue/mig-profiles.ts";
import type { Path, Problem } from "./problem.ts";

/** Instances of one GPU: how many of each profile. */
export type MigProfiles = Readonly<Record<string, number>>;

/** One instance on the GPU, in memory slices. */
export interface MigPlacement {
  readonly profile: string;
  readonly start: number;
  readonly size: number;
}

/** What the instances leave free of one GPU. */
export interface MigRemainder {
  readonly computeSlices: number;
  readonly memorySlices: number;
  /** Of each profile, how many more would fit if nothing else came. */
  readonly room: Readonly<Record<string, number>>;
}

/** Where each instance can stand, by start; undefined where they do not all fit. */
export function placeProfiles(geometry: MigGeometry, profiles: MigProfiles): MigPlacement[] | undefined {
  const wanted = Object.entries(profiles).flatMap(([name, count]) => {
    const profile = geometry.profiles[name];
    return Array.from({ length: count }, () => ({ name, profile }));
  });
  // The largest first: they have the fewest positions, so that a dead end shows early.
  wanted.sort((a, b) => (b.profile?.memorySlices ?? 0) - (a.profile?.memorySlices ?? 0));
  const exceeds = ([name, count]: [string, number]) => count > (geometry.profiles[name]?.maxInstances ?? 0);
  if (Object.entries(profiles).some(exceeds)) return undefined;
  return place(wanted as Wanted[], [])?.sort((a, b) => a.start - b.start);
}

interface Wanted {
  readonly name: string;
  readonly profile: MigProfile;
}

function place(wanted: readonly Wanted[], placed: readonly MigPlacement[]): MigPlacement[] | undefined {
  const [next, ...rest] = wanted;
  if (next === undefined) return [...placed];
  for (const start of next.profile.starts) {
    const own = { profile: next.name, start, size: next.profile.memorySlices };
    if (placed.some((other) => overlap(own, other))) continue;
    const found = place(rest, [...placed, own]);
    if (found) return found;
  }
  return undefined;
}

function overlap(a: MigPlacement, b: MigPlacement): boolean {
  return a.start < b.start + b.size && b.start < a.start + a.size;
}

/** What is left of a GPU beside instances that fit. */
export function remainder(geometry: MigGeometry, profiles: MigProfiles): MigRemainder {
  const taken = (slices: (profile: MigProfile) => number) =>
    Object.entries(profiles).reduce((sum, [name, count]) => {
      const profile = geometry.profiles[name];
      return sum + (profile ? slices(profile) * count : 0);
    }, 0);
  return {
    computeSlices: computeSlicesPerGpu - taken((profile) => profile.computeSlices),
    memorySlices: memorySlicesPerGpu - taken((profile) => profile.memorySlices),
    room: Object.fromEntries(
      Object.keys(geometry.profiles).map((name) => [name, roomFor(geometry, profiles, name)]),
    ),
  };
}

function roomFor(geometry: MigGeometry, profiles: MigProfiles, name: string): number {
  let more = 0;
  const beside = () => ({ ...profiles, [name]: (profiles[name] ?? 0) + more + 1 });
  while (placeProfiles(geometry, beside())) more += 1;
  return more;
}

/**
 * Name of a layout for the MIG manager: that of its default configuration where there is one, else one made
 * of the profiles. Names are label values, so a plus becomes a dot, as in the default configuration.
 */
export function layoutName(geometry: MigGeometry, profiles: MigProfiles): string {
  const entries = Object.entries(profiles).sort(([a], [b]) => a.localeCompare(b));
  const [first, ...others] = entries;
  if (first && others.length === 0 && first[1] === geometry.profiles[first[0]]?.maxInstances) {
    return `all-${labelPart(first[0])}`;
  }
  if (isBalanced(geometry, profiles)) return "all-balanced";
  return ["custom", ...entries.map(([name, count]) => `${labelPart(name)}-${count}`)].join("-");
}

/** Two of the smallest, a 2g and a 3g: what the default configuration calls balanced, on every GPU. */
function isBalanced({ profiles: known }: MigGeometry, profiles: MigProfiles): boolean {
  const [small, , , two, three] = Object.keys(known);
  const wanted = new Map([
    [small, 2],
    [two, 1],
    [three, 1],
  ]);
  const entries = Object.entries(profiles);
  return entries.length === wanted.size && entries.every(([name, count]) => wanted.get(name) === count);
}

/** A profile's name in the names of resources, labels and layouts. */
export function labelPart(profile: string): string {
  return profile.replace("+", ".");
}

/** Partitions that this accelerator cannot have. */
export function partitionProblems(path: Path, accelerator: AcceleratorId, profiles: MigProfiles): Problem[] {
  const geometry = migGeometry(accelerator);
  if (geometry === undefined) return [];
  const known = Object.keys(geometry.profiles);
  const unknown = Object.keys(profiles).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    return unknown.map((name) => ({
      path: [...path, name],
      given: JSON.stringify(name),
      allowed: `the MIG profiles of ${accelerator}: ${known.join(", ")}`,
      remedy: "name one of these profiles",
    }));
  }
  if (Object.keys(profiles).length > 0 && placeProfiles(geometry, profiles)) return [];
  return [unplaceable(path, accelerator, geometry, profiles)];
}

function unplaceable(
  path: Path,
  accelerator: AcceleratorId,
  geometry: MigGeometry,
  profiles: MigProfiles,
): Problem {
  const fitting = largestFitting(geometry, profiles);
  const remedy =
    Object.keys(fitting).length === 0
      ? `name at least one profile, for example ${Object.keys(geometry.profiles)[0]}`
      : `ask for ${written(fitting)} per GPU, and give the rest to a layout of other nodes`;
  return {
    path,
    given: Object.keys(profiles).length === 0 ? "no profiles" : `${written(profiles)} on one GPU`,
    allowed: `what fits the ${memorySlicesPerGpu} memory slices of ${accelerator} where MIG lets it start`,
    remedy,
  };
}

/** The same without as few of the smallest instances as it takes to fit. */
function largestFitting(geometry: MigGeometry, profiles: MigProfiles): MigProfiles {
  const bySize = Object.keys(geometry.profiles).filter((name) => name in profiles);
  const counts = new Map(
    bySize.map((name) => [name, Math.min(profiles[name] ?? 0, geometry.profiles[name]?.maxInstances ?? 0)]),
  );
  const current = () => Object.fromEntries([...counts].filter(([, count]) => count > 0));
  while (!placeProfiles(geometry, current())) {
    const smallest = bySize.find((name) => (counts.get(name) ?? 0) > 0) ?? "";
    counts.set(smallest, (counts.get(smallest) ?? 0) - 1);
  }
  return current();
}

function written(profiles: MigProfiles): string {
  return Object.entries(profiles)
    .map(([name, count]) => `${count} x ${name}`)
    .join(", ");
}
