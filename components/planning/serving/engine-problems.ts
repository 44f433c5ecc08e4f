/** Pools whose accelerators an engine cannot use, whatever the model. */
import { type EngineFacts, servingEngines } from "../../catalogue/serving-engines.ts";
import { capability, dotted } from "../models/hardware-problems.ts";
import type { Problem } from "../problem.ts";
import type { ModelPool, ModelRequest } from "./model-plan.ts";

export function engineProblems(request: ModelRequest, pool: ModelPool): Problem[] {
  const facts: EngineFacts = servingEngines[request.settings.engine];
  return [...kernelProblems(request, pool, facts), ...neighbourProblems(request, pool, facts)];
}

/** What its device's code was not built for, TPUs among them. */
function kernelProblems(
  { path, settings }: ModelRequest,
  { name, accelerator }: ModelPool,
  { leastCapability }: EngineFacts,
): Problem[] {
  const own = capability(accelerator);
  if (leastCapability === undefined || (own !== undefined && own >= leastCapability)) return [];
  const reason = own === undefined ? "a TPU" : `compute capability ${dotted(own)}`;
  return [
    {
      path: [...path, "pool"],
      given: `pool ${name} of ${accelerator}, ${reason}`,
      allowed: `GPUs from compute capability ${dotted(leastCapability)} on, for engine ${settings.engine}`,
      remedy: "choose another pool",
    },
  ];
}

/** Each takes its part of the whole memory, and counts what the others have as taken (F03). */
function neighbourProblems(
  { path, settings }: ModelRequest,
  { name, sharing }: ModelPool,
  { needsWholeMemory }: EngineFacts,
): Problem[] {
  const isShared = sharing.mode === "time-slicing" || sharing.mode === "mps";
  if (!needsWholeMemory || !isShared) return [];
  return [
    {
      path: [...path, "pool"],
      given: `pool ${name}, whose accelerators several pods have at once by ${sharing.mode}`,
      allowed: `whole accelerators or MIG slices: engine ${settings.engine} takes its part of all memory`,
      remedy: "choose another pool",
    },
  ];
}
