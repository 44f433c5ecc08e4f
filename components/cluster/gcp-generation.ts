/** The node pools of GKE that one pool is made of, and names by which each is made anew, never in place. */
import { createHash } from "node:crypto";
import { poolSlices } from "../planning/slices.ts";
import type { GcpPool } from "./gcp-pool.ts";

/** One node pool of GKE. */
export interface PoolMember {
  /** Of the member within the pool: the letters of its zone, and the number of its slice. */
  readonly part: string;
  /** Pool, part and generation. */
  readonly name: string;
  readonly zone: string;
  readonly nodes: number;
  readonly minNodes: number;
}

/**
 * One member in each zone, so that a zone comes or goes alone and no figure is by the zone (F98); of slices
 * with several hosts one member each, as GKE wants it.
 */
export function poolMembers(pool: GcpPool, defaults: object = {}): PoolMember[] {
  const { zones, nodes, minNodes } = pool;
  const slices = poolSlices(pool);
  const hosts = slices?.hosts ?? 1;
  const mark = generationMark(pool, defaults);
  return zones.flatMap((zone) => {
    const letters = zone.split("-").slice(2).join("-");
    const here = nodes / zones.length;
    const member = (part: string, size: number, least: number): PoolMember => ({
      part,
      name: `${pool.name}-${part}-${mark}`,
      zone,
      nodes: size,
      minNodes: least,
    });
    if (hosts === 1) return [member(letters, here, minNodes / zones.length)];
    return Array.from({ length: here / hosts }, (_, slice) =>
      member(`${letters}${slice}`, hosts, slice * hosts < minNodes / zones.length ? hosts : 0),
    );
  });
}

/**
 * A mark of all that GKE cannot change on a pool that runs, or changes by making its nodes anew: another of
 * these is another pool, made before the old one goes (F104, F106). Nodes, zones and the least of either are
 * not among them, so that a pool grows where it stands.
 */
export function generationMark(pool: GcpPool, defaults: object = {}): string {
  const { machine, capacity, sharing, sliceTopology, compact, network, driver, diskGiB, generation } = pool;
  const fixed = {
    machine,
    capacity,
    sharing: layoutsAlone(sharing),
    sliceTopology,
    compact,
    network,
    driver,
  };
  const all = { ...fixed, diskGiB, generation, ...defaults };
  return createHash("sha256").update(canonical(all)).digest("hex").slice(0, 6);
}

/** A layout's count of nodes follows the pool's. */
function layoutsAlone(sharing: GcpPool["sharing"]): object {
  if (sharing.mode !== "mig") return sharing;
  return { ...sharing, layouts: sharing.layouts.map(({ profiles }) => profiles) };
}

/** The same text for equal values, whatever the order in which their fields were written. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
