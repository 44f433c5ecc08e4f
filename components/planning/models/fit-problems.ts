/** Why a model cannot be served as asked, with the figures and the nearest thing that works. */
import type { AcceleratorId } from "../../catalogue/hardware.ts";
import type { Path, Problem } from "../problem.ts";
import { gib, settled } from "./engine-reserve.ts";
import { alternatives } from "./fit-alternatives.ts";
import { hardwareProblems } from "./hardware-problems.ts";
import {
  type Fit,
  type MemoryShare,
  modelFit,
  type Serving,
  servedModel,
  visibleBytes,
} from "./model-fit.ts";
import { parallelProblems } from "./parallel-problems.ts";
import { ranks } from "./parallelism.ts";
import { chosenQuantization } from "./weights.ts";

export interface FitRequest extends Serving {
  /** What messages call the model. */
  readonly name: string;
  readonly accelerator: AcceleratorId;
  readonly path: Path;
}

/** Everything that is wrong with the request; what fits is judged only once it can be shared and computed. */
export function fitProblems(request: FitRequest): Problem[] {
  const { model, accelerator, parallelism, path } = request;
  const format = chosenQuantization(model, request);
  const early = [
    ...hardwareProblems(accelerator, servedModel(request).dtype, format, path),
    ...parallelProblems(model, parallelism, format, path),
    ...contextProblems(request),
  ];
  return early.length > 0 ? early : memoryProblems(request);
}

/** A context beyond what the model was made for gives nonsense, if the engine does not refuse it. */
function contextProblems({ model, name, context, path }: FitRequest): Problem[] {
  if (context === undefined || context <= model.maxContext) return [];
  return [
    {
      path: [...path, "context"],
      given: `${context} tokens`,
      allowed: `1 to ${model.maxContext}, what ${name} was made for`,
      remedy: `lower context to ${model.maxContext}, or take a model with a longer one`,
    },
  ];
}

function memoryProblems(request: FitRequest): Problem[] {
  const outcome = modelFit(request, visibleBytes(request.accelerator));
  if (outcome.fits) return [];
  return outcome.longestContext === 0 ? [weightProblem(request, outcome)] : [roomProblem(request, outcome)];
}

function weightProblem(request: FitRequest, { share }: Fit): Problem {
  const { name, accelerator, parallelism, path } = request;
  const each = ranks(parallelism) === 1 ? "" : " each";
  return {
    path: [...path, "accelerator"],
    given:
      `${name} on ${ranks(parallelism)} ${accelerator}: ${gib(share.weightBytes)} of weights` +
      ` and ${gib(share.reserveBytes)} that the engine needs${each}`,
    allowed: usable(request, share),
    remedy: inWords(alternatives(request, accelerator)),
  };
}

/** Weights fit, but not one sequence of the wanted length (F01). */
function roomProblem(request: FitRequest, { share, longestContext }: Fit): Problem {
  const { name, model, accelerator, path, context = model.maxContext } = request;
  const isDefault = request.context === undefined;
  return {
    path: [...path, "context"],
    given: `${context} tokens${isDefault ? `, the default of ${name}` : ""}`,
    allowed:
      `1 to ${longestContext}: ${gib(share.cacheBytes)} are left for it,` + ` of ${usable(request, share)}`,
    remedy: inWords([`set context to ${longestContext}`, ...alternatives(request, accelerator)]),
  };
}

function usable({ settings }: FitRequest, { usableBytes, visibleBytes: visible }: MemoryShare): string {
  return `${gib(usableBytes)}, ${settled(settings).memoryUtilization} of ${gib(visible)}`;
}

function inWords(ways: readonly string[]): string {
  return ways.length > 0
    ? ways.join("; or ")
    : "take a smaller model: nothing in the catalogue holds this one";
}
