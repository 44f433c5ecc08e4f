/** A gang that may change its size while it runs: within which bounds, and how torchrun follows it. */
import { z } from "zod";
import type { Path, Problem } from "../planning/problem.ts";

const size = z.int().min(1).max(1000);

/** Fields of a plain gang, also used by the stack file. */
export const elasticFields = {
  /** Whether another number of nodes changes the running job instead of replacing it. Default: false. */
  elastic: z.boolean().default(false),
  /** The fewest pods that an elastic gang computes with. Default: 1. */
  minNodes: size.optional(),
  /** The most pods that it may ever have. Default: 1000. */
  maxNodes: size.optional(),
  /** How often the processes of its pods start again after a failure before a pod fails. Default: 10. */
  processRestarts: z.int().min(0).max(1000).optional(),
};

const defaults = { minNodes: 1, maxNodes: 1000, processRestarts: 10 };

type Bounds = { readonly [Field in keyof typeof defaults]?: number | undefined };

export interface ElasticGang extends Bounds {
  readonly nodes: number;
  readonly elastic: boolean;
}

/** Bounds that the gang's own size breaks, or that one of fixed size has no use for. */
export function elasticSizeProblems(path: Path, gang: ElasticGang): Problem[] {
  const { nodes, elastic, minNodes = defaults.minNodes, maxNodes = defaults.maxNodes } = gang;
  if (!elastic) return unusedProblems(path, gang);
  const problems: Problem[] = [];
  if (minNodes > nodes) {
    problems.push({
      path: [...path, "minNodes"],
      given: String(minNodes),
      allowed: `1 to ${nodes}, the nodes of the gang`,
      remedy: "lower minNodes, or raise nodes",
    });
  }
  if (maxNodes < nodes) {
    problems.push({
      path: [...path, "maxNodes"],
      given: String(maxNodes),
      allowed: `at least ${nodes}, the nodes of the gang`,
      remedy: "raise maxNodes, or lower nodes",
    });
  }
  return problems;
}

function unusedProblems(path: Path, gang: ElasticGang): Problem[] {
  const fields = Object.keys(defaults) as (keyof typeof defaults)[];
  return fields
    .filter((field) => gang[field] !== undefined)
    .map((field) => ({
      path: [...path, field],
      given: String(gang[field]),
      allowed: "nothing without elastic: the gang has its nodes throughout",
      remedy: "leave it out, or set elastic: true",
    }));
}

/**
 * What torchrun takes for its flags (torch/distributed/run.py of PyTorch 2.15). None of it says how many pods
 * there are at the moment: those that run are not made anew when that changes. Ranks are dealt out anew each
 * time, so that none is given.
 */
export function elasticEnvironment(gang: Bounds & { readonly name: string }, endpoint: string) {
  const { minNodes, maxNodes, processRestarts } = gang;
  return [
    { name: "PET_NNODES", value: `${minNodes ?? defaults.minNodes}:${maxNodes ?? defaults.maxNodes}` },
    { name: "PET_RDZV_BACKEND", value: "c10d" },
    { name: "PET_RDZV_ENDPOINT", value: endpoint },
    { name: "PET_RDZV_ID", value: gang.name },
    { name: "PET_MAX_RESTARTS", value: String(processRestarts ?? defaults.processRestarts) },
    // A torchrun that shares its store tells where that is in the first round only: a pod that comes later
    // asks in vain, and after a minute all fail (next_rendezvous in dynamic_rendezvous.py; seen with 2.15).
    { name: "TORCH_DISABLE_SHARE_RDZV_TCP_STORE", value: "1" },
  ];
}
