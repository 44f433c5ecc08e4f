/** Whether an inference server can run where it is to stand, and what it must not say. */
import type { ModelArchitecture } from "../../catalogue/model-architecture.ts";
import { modelFacts } from "../../catalogue/models.ts";
import type { RuntimeModelId } from "../../catalogue/runtime-models.ts";
import { tinyModel } from "../../catalogue/tiny-model.ts";
import { readModelConfig } from "../models/model-config.ts";
import type { NodeSize } from "../node-size.ts";
import type { Path, Problem } from "../problem.ts";
import { type AskedContext, contextProblems, longestContext, runtimeCache } from "./inference-context.ts";
import type { ModelRequest } from "./model-plan.ts";
import { type ProcessorMemory, processorMemory } from "./processor-memory.ts";
import { runtimeConfigProblems } from "./runtime-config.ts";

export interface InferencePlan {
  readonly path: Path;
  readonly name: string;
  readonly team: string;
  /** Pool of its accelerators; without one the processor computes. */
  readonly pool?: string | undefined;
  readonly model?: RuntimeModelId | undefined;
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  readonly image?: string | undefined;
  readonly replicas: number;
  readonly context?: number | undefined;
  readonly sequences: number;
  readonly cpuCores?: number | undefined;
  readonly kvCacheMiB?: number | undefined;
  readonly tensor?: number | undefined;
  readonly profile?: string | undefined;
  readonly priority?: string | undefined;
}

/** Where servers without accelerators stand. */
export interface InferencePlace {
  /** Whether it runs the runtime of this very checkout, with the tiny model. */
  readonly hasRuntime: boolean;
  /** What a pod can have of a node, where it is known. */
  readonly node?: Pick<NodeSize, "cpuMillis" | "memoryMiB"> | undefined;
  /** How many such nodes there are, where none can be added. */
  readonly nodes?: number | undefined;
}

/** Tokens of a step; the runtime's own default. */
export const stepTokens = 512;
const defaults = { cpuCores: 2, kvCacheMiB: 1024, tensor: 1, priority: "normal" } as const;

/** Tokens of the longest request. */
export function contextOf(plan: InferencePlan, model: ModelArchitecture): number {
  return longestContext(askedContext(plan), model);
}

/** Accelerators have what the weights leave of their memory, which the plan of their pool counts. */
function askedContext({ context, pool, kvCacheMiB = defaults.kvCacheMiB }: InferencePlan): AskedContext {
  return { context, kvCacheMiB: pool === undefined ? kvCacheMiB : undefined };
}

/** Without accelerators. */
export function processorSize(plan: InferencePlan, model: ModelArchitecture) {
  const { sequences, cpuCores = defaults.cpuCores, kvCacheMiB = defaults.kvCacheMiB } = plan;
  const context = contextOf(plan, model);
  const memory = processorMemory({ model, kvCacheMiB, stepTokens, sequences, context });
  return { cpuCores, kvCacheMiB, memory };
}

/** With accelerators. */
export function acceleratorSize({ tensor = defaults.tensor, priority = defaults.priority }: InferencePlan) {
  return { tensor, priority };
}

/** What the image holds; nothing where the entry says it wrongly. */
export function servedModelOf(plan: InferencePlan): ModelArchitecture | undefined {
  if (plan.config) return readModelConfig(plan.config, []).model;
  return plan.model ? modelFacts(plan.model) : plan.pool === undefined ? tinyModel : undefined;
}

/** Everything that is wrong with it but its place in a pool. */
export function inferenceProblems(plan: InferencePlan, place: InferencePlace): Problem[] {
  return [
    ...misplacedProblems(plan),
    ...imageProblems(plan, place),
    ...(plan.pool === undefined ? processorProblems(plan, place) : []),
  ];
}

const ofAccelerators = ["tensor", "profile", "priority"] as const;
const ofProcessors = ["cpuCores", "kvCacheMiB"] as const;

function misplacedProblems(plan: InferencePlan): Problem[] {
  const isProcessor = plan.pool === undefined;
  return (isProcessor ? ofAccelerators : ofProcessors)
    .filter((field) => plan[field] !== undefined)
    .map((field) => ({
      path: [...plan.path, field],
      given: JSON.stringify(plan[field]),
      allowed: isProcessor
        ? "nothing in a server without a pool"
        : "nothing in a server with a pool, whose accelerators it follows",
      remedy: isProcessor ? "remove it, or name a pool" : "remove it",
    }));
}

/** The host node runs this checkout and nothing else; everywhere else somebody has to build an image. */
function imageProblems(plan: InferencePlan, { hasRuntime }: InferencePlace): Problem[] {
  const { path, pool, image, model, config } = plan;
  if (!hasRuntime) return [...(image === undefined ? [missingImage(path)] : []), ...modelProblems(plan)];
  if (pool !== undefined) return modelProblems(plan);
  return Object.entries({ image, model, config })
    .filter(([, given]) => given !== undefined)
    .map(([field, given]) => ({
      path: [...path, field],
      given: JSON.stringify(given),
      allowed: "nothing: this cluster runs the runtime of this checkout, with the tiny model",
      remedy: "remove it, or serve it in another cluster",
    }));
}

function missingImage(path: Path): Problem {
  return {
    path: [...path, "image"],
    given: "nothing",
    allowed: "an image of the runtime with its digest: none is published",
    remedy: "build one with `npm run runtime -- image --to DIR --model MODEL`, and push it to your registry",
  };
}

/** What a server needs is known only for a model that is known. */
function modelProblems({ path, model, config, pool }: InferencePlan): Problem[] {
  if ((model === undefined) !== (config === undefined)) {
    return config ? configProblems(config, pool === undefined ? "processor" : "cuda", path) : [];
  }
  return [
    {
      path,
      given: model === undefined ? "neither model nor config" : "model and config",
      allowed: "one of them",
      remedy: "name a model of the catalogue, or give the content of the checkpoint's config.json",
    },
  ];
}

function configProblems(config: object, device: "processor" | "cuda", path: Path): Problem[] {
  const own = [...path, "config"];
  const { model, problems } = readModelConfig(config, own);
  return model ? runtimeConfigProblems({ ...config }, model, device, own) : [...problems];
}

function processorProblems(plan: InferencePlan, { node }: InferencePlace): Problem[] {
  const model = servedModelOf(plan);
  if (!model) return [];
  const { cpuCores, memory } = processorSize(plan, model);
  return [
    ...contextProblems(askedContext(plan), model, plan.path),
    ...(node ? nodeProblems(plan, { cpuCores, memory }, node) : []),
  ];
}

function nodeProblems(
  { path }: InferencePlan,
  { cpuCores, memory }: { readonly cpuCores: number; readonly memory: ProcessorMemory },
  node: Pick<NodeSize, "cpuMillis" | "memoryMiB">,
): Problem[] {
  const mostCores = Math.floor(node.cpuMillis / 1000);
  const cores = {
    path: [...path, "cpuCores"],
    given: String(cpuCores),
    allowed: `1 to ${mostCores}, the cores of a node`,
    remedy: `lower it to ${mostCores}`,
  };
  const room = {
    path: [...path, "kvCacheMiB"],
    given: `${memory.totalMiB} MiB: ${memoryParts(memory)}`,
    allowed: `at most ${node.memoryMiB} MiB, the memory of a node`,
    remedy: "lower kvCacheMiB or sequences, or take a smaller model",
  };
  return [...(cpuCores > mostCores ? [cores] : []), ...(memory.totalMiB > node.memoryMiB ? [room] : [])];
}

function memoryParts({ weightBytes, cacheBytes, workspaceBytes, processBytes }: ProcessorMemory): string {
  const mib = (bytes: number) => Math.ceil(bytes / 2 ** 20);
  return (
    `${mib(weightBytes)} of weights, ${mib(cacheBytes)} of KV cache, ` +
    `${mib(workspaceBytes)} for a step, ${mib(processBytes)} for its processes`
  );
}

/** Its replicas as the plan counts models: a rollout starts one before it ends another. */
export function inferenceRequest(plan: InferencePlan & { readonly pool: string }): ModelRequest | undefined {
  const model = servedModelOf(plan);
  if (!model) return undefined;
  const { path, name, team, pool, profile, replicas, sequences } = plan;
  return {
    ...{ path, name, team, pool, profile, model, replicas, context: contextOf(plan, model) },
    modelName: plan.model ?? name,
    parallelism: { tensor: acceleratorSize(plan).tensor, pipeline: 1, data: 1, expert: false },
    settings: { engine: "plinth", maxSequences: sequences },
    cache: runtimeCache,
    headroom: { failover: 0, surge: 1 },
    isServer: true,
  };
}
