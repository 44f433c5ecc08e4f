/** Whether the runtime computes the model that a config.json describes. */
import type { ModelArchitecture } from "../../catalogue/model-architecture.ts";
import {
  runtimeArchitectures,
  runtimeHeadSizes,
  runtimeQuantization,
} from "../../catalogue/runtime-models.ts";
import type { Path, Problem } from "../problem.ts";

type ConfigFile = Readonly<Record<string, unknown>>;

/** Of a file that the planner can read; `model` is what it read. */
export function runtimeConfigProblems(
  file: ConfigFile,
  model: ModelArchitecture,
  device: "processor" | "cuda",
  path: Path,
): Problem[] {
  return [
    ...architectureProblems(file, path),
    ...headProblems(model, device, path),
    ...quantizationProblems(file, path),
  ];
}

/** Two models of one shape may compute different things: it is the name that the runtime goes by. */
function architectureProblems({ architectures }: ConfigFile, path: Path): Problem[] {
  const [name, ...more] = Array.isArray(architectures) ? architectures : [];
  if (more.length === 0 && runtimeArchitectures.some((known) => known === name)) return [];
  return [
    {
      path: [...path, "architectures"],
      given: architectures === undefined ? "nothing" : JSON.stringify(architectures),
      allowed: `one of ${runtimeArchitectures.join(", ")}, which the runtime computes`,
      remedy: "choose another model",
    },
  ];
}

function headProblems({ layers }: ModelArchitecture, device: "processor" | "cuda", path: Path): Problem[] {
  const { step, most } = runtimeHeadSizes.processor;
  const known: readonly number[] = runtimeHeadSizes.cuda;
  const isComputed = (size: number) =>
    device === "cuda" ? known.includes(size) : size % step === 0 && size <= most;
  const sizes = layers.flatMap(({ mixer }) => (mixer?.kind === "attention" ? [mixer.headSize] : []));
  const stranger = sizes.find((size) => !isComputed(size));
  if (stranger === undefined) return [];
  return [
    {
      path: [...path, "head_dim"],
      given: `heads of ${stranger} values`,
      allowed: device === "cuda" ? known.join(", ") : `multiples of ${step} up to ${most}`,
      remedy: "choose another model",
    },
  ];
}

function quantizationProblems({ quantization_config: said }: ConfigFile, path: Path): Problem[] {
  const method = said ? (said as ConfigFile).quant_method : runtimeQuantization;
  if (method === runtimeQuantization) return [];
  return [
    {
      path: [...path, "quantization_config", "quant_method"],
      given: JSON.stringify(method),
      allowed: runtimeQuantization,
      remedy: "take a checkpoint that is quantised so, or not quantised",
    },
  ];
}
