/** Whether all servers on the processor have room together, where it is known how many nodes there are. */
import type { Path, Problem } from "../problem.ts";
import { sum } from "../sum.ts";
import { type InferencePlace, type InferencePlan, processorSize, servedModelOf } from "./inference-plan.ts";

/** What the platform's own programs request there; our own estimate. */
const platformShare = { cores: 2, memoryMiB: 2048 };

interface Standing {
  readonly path: Path;
  readonly name: string;
  readonly replicas: number;
  readonly cores: number;
  readonly memoryMiB: number;
}

/** An update starts a replica before it ends one, so without room for one more it never ends. */
export function roomProblems(plans: readonly InferencePlan[], { node, nodes }: InferencePlace): Problem[] {
  const standing = plans.flatMap(standingOf);
  const last = standing.at(-1);
  if (!node || nodes === undefined || !last) return [];
  const cores = Math.floor(node.cpuMillis / 1000);
  // One that no node holds is refused by itself.
  if (standing.some((one) => one.cores > cores || one.memoryMiB > node.memoryMiB)) return [];
  const room = {
    cores: cores * nodes - platformShare.cores,
    memoryMiB: node.memoryMiB * nodes - platformShare.memoryMiB,
  };
  return [
    ...sumProblems(last, { what: "cores", field: "cpuCores", most: room.cores }, standing, "cores"),
    ...sumProblems(last, { what: "MiB", field: "kvCacheMiB", most: room.memoryMiB }, standing, "memoryMiB"),
  ];
}

function standingOf(plan: InferencePlan): Standing[] {
  const model = plan.pool === undefined ? servedModelOf(plan) : undefined;
  if (!model) return [];
  const { path, name, replicas } = plan;
  const { cpuCores, memory } = processorSize(plan, model);
  return [{ path, name, replicas, cores: cpuCores, memoryMiB: memory.totalMiB }];
}

function sumProblems(
  { path }: Standing,
  { what, field, most }: { readonly what: string; readonly field: string; readonly most: number },
  standing: readonly Standing[],
  amount: "cores" | "memoryMiB",
): Problem[] {
  const surge = Math.max(...standing.map((one) => one[amount]));
  const wanted = sum(standing.map((one) => one.replicas * one[amount])) + surge;
  if (wanted <= most) return [];
  const each = standing.map((one) => `${one.name} ${one.replicas} times ${one[amount]}`).join(", ");
  return [
    {
      path: [...path, "replicas"],
      given: `${wanted} ${what}: ${each}, and ${surge} for one more while an update runs`,
      allowed: `at most ${most}, which the platform's own programs leave`,
      remedy: `lower replicas or ${field}, here or of another server`,
    },
  ];
}
