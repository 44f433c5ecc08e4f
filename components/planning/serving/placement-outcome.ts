/** Whether replicas that stand so meet an objective, how many it takes, or why none do. */
import { type CloudMachineId, cloudMachine } from "../../catalogue/cloud-machine.ts";
import { isKnown } from "../../catalogue/unknown.ts";
import { gib } from "../models/engine-reserve.ts";
import { hardwareProblems } from "../models/hardware-problems.ts";
import { modelFit, type Serving } from "../models/model-fit.ts";
import { parallelProblems } from "../models/parallel-problems.ts";
import { chosenQuantization } from "../models/weights.ts";
import { count, type Problem } from "../problem.ts";
import { type Arrivals, heldSequences } from "./loaded-latency.ts";
import { type Placement, placementPart } from "./placement.ts";
import { neededReplicas, type Objective, type ReplicaNeed } from "./replica-count.ts";
import { promptSeconds, type ReplicaEngine, replicaEngine } from "./replica-engine.ts";
import { longTokens } from "./request-lengths.ts";
import { servingHardware } from "./serving-hardware.ts";

/** What is served, for whom, and how fast it has to be. */
export interface ServingDemand extends Omit<Serving, "parallelism" | "quantization" | "context"> {
  readonly arrivals: Arrivals;
  readonly objective: Objective;
}

export type PlacementOutcome =
  | { readonly need: ReplicaNeed; readonly engine: ReplicaEngine }
  /** Why not, with figures. */
  | { readonly reason: string };

/** The network of the machine matters where layers are in stages over several. */
export function placementOutcome(
  demand: ServingDemand,
  placement: Placement,
  machine?: CloudMachineId,
): PlacementOutcome {
  const serving = servingOf(demand, placement);
  const [problem] = unsuited(serving, placement);
  if (problem) return { reason: `${problem.given}; allowed: ${problem.allowed}` };
  const part = placementPart(placement);
  const short = memoryReason(serving, part.memoryBytes);
  if (short) return { reason: short };
  const gbps = machine === undefined ? undefined : cloudMachine(machine).networkGbps;
  const network = gbps !== undefined && isKnown(gbps) ? gbps : undefined;
  const hardware = servingHardware(placement.accelerator, part, network);
  const engine = replicaEngine(serving, hardware, part.memoryBytes);
  if (!isKnown(engine)) return { reason: `its speed is not known: ${engine.unknown}` };
  const slow = slowReason(engine, demand);
  if (slow) return { reason: slow };
  const need = neededReplicas(engine, demand.arrivals, demand.objective);
  return need ? { need, engine } : { reason: crowdedReason(engine, demand) };
}

/** The longest requests decide what has to fit. */
export function servingOf(demand: ServingDemand, { parallelism, format }: Placement): Serving {
  const { prompt, answer } = demand.arrivals;
  return {
    ...demand,
    parallelism,
    quantization: format === "published" ? undefined : format,
    context: Math.ceil(longTokens(prompt) + longTokens(answer)),
  };
}

function unsuited(serving: Serving, { accelerator }: Placement): Problem[] {
  const { model, parallelism, dtype = model.dtype, context = model.maxContext } = serving;
  const format = chosenQuantization(model, serving);
  const long: Problem = {
    path: [],
    given: `${context} tokens of prompt and answer`,
    allowed: `1 to ${model.maxContext}, what the model was made for`,
    remedy: "take a model with a longer context",
  };
  return [
    ...(context > model.maxContext ? [long] : []),
    ...hardwareProblems(accelerator, dtype, format, []),
    ...parallelProblems(model, parallelism, format, []),
  ];
}

function memoryReason(serving: Serving, memoryBytes: number): string | undefined {
  const { fits, share, longestContext } = modelFit(serving, memoryBytes);
  if (fits) return undefined;
  if (longestContext > 0) {
    return `${serving.context} tokens of prompt and answer; ${longestContext} fit at most`;
  }
  const { weightBytes, reserveBytes, usableBytes } = share;
  return (
    `${gib(weightBytes)} of weights and ${gib(reserveBytes)} that the engine needs on each rank;` +
    ` ${gib(usableBytes)} are usable`
  );
}

/** What one request takes that has the replica alone: more replicas do not help. */
function slowReason(engine: ReplicaEngine, { arrivals, objective }: ServingDemand): string | undefined {
  const { prompt, answer } = arrivals;
  const longest = longTokens(prompt);
  const ttft = engine.frontSeconds + promptSeconds(engine, longest, 0, 0);
  if (ttft > objective.ttftSeconds) {
    const allowed = ms(objective.ttftSeconds);
    return `first token of ${longest} tokens in ${ms(ttft)} with nobody else; ${allowed} allowed`;
  }
  const tpot = engine.timer({
    answers: 1,
    answerContext: prompt.mean + answer.mean / 2,
    promptTokens: 0,
    promptContext: 0,
    prompts: 0,
  });
  if (tpot <= objective.tpotSeconds) return undefined;
  return `a token in ${ms(tpot)} with nobody else; ${ms(objective.tpotSeconds)} allowed`;
}

function crowdedReason(engine: ReplicaEngine, { arrivals, objective }: ServingDemand): string {
  const held = heldSequences(engine, arrivals);
  const { ttftSeconds, tpotSeconds } = objective;
  return (
    `no number of replicas keeps first tokens under ${ms(ttftSeconds)} and others under ${ms(tpotSeconds)};` +
    ` one holds ${count(held, "request")} at once`
  );
}

function ms(seconds: number): string {
  return `${Number((seconds * 1000).toFixed(1))} ms`;
}
