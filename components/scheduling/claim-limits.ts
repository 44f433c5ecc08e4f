/** Parts of Kueue that do not go together with claims, each with the way out. */
import type { Problem } from "../planning/problem.ts";
import type { QueueingPlan } from "./backend.ts";

export function claimLimits({ path, settings, pools }: QueueingPlan): Problem[] {
  const { admissionFairSharing, multiKueue } = settings;
  const claimed = pools.filter(({ sharing }) => sharing?.mode === "dra");
  const counted = claimed.filter(({ devices }) => devices?.some(({ quotaMiB }) => quotaMiB !== undefined));
  return [
    ...(admissionFairSharing ? counted : []).map(({ name }) => ({
      path: [...path, "admissionFairSharing"],
      given: `an order by past use beside pool ${name}, whose claims count as bytes of memory`,
      allowed: "pools of whole accelerators: a weight is that of one accelerator",
      remedy: "leave admissionFairSharing out, or give the pool devices: whole",
    })),
    ...(multiKueue?.pools ?? []).flatMap((name, index) =>
      claimed.some((pool) => pool.name === name)
        ? [alone([...path, "multiKueue", "pools", index], name)]
        : [],
    ),
  ];
}

/** Kueue copies the job to the other cluster, and nothing that the job names. */
function alone(path: Problem["path"], pool: string): Problem {
  return {
    path,
    given: `"${pool}", which is of mode dra`,
    allowed: "a pool without claims: their templates do not go to the other cluster with the job",
    remedy: "leave the pool out of multiKueue, or give it another sharing mode",
  };
}
