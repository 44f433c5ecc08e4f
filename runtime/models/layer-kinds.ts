/**
 * How the layers of a model differ from one another: how far back their tokens see, and whether they choose
 * among experts.
 */
import type { Family } from "./families.ts";
import { ModelFileError } from "./model-file-error.ts";

export interface LayerKind {
  /** Tokens that a token sees, itself among them; absent: all up to it. */
  readonly window?: number;
  /** Heads are rotated by the model's local turns, where it has such. */
  readonly isLocal: boolean;
  /** Each token goes through a few of many feed-forward parts. */
  readonly hasExperts: boolean;
}

interface LayerFields {
  readonly num_hidden_layers: number;
  readonly max_position_embeddings: number;
  readonly sliding_window?: number | null;
  readonly use_sliding_window?: boolean | null;
  readonly max_window_layers?: number | null;
  readonly sliding_window_pattern?: number | null;
  readonly layer_types?: readonly string[] | null;
  readonly decoder_sparse_step?: number | null;
  readonly mlp_only_layers?: readonly number[] | null;
}

/** Throws a ModelFileError for layers that the family does not have. */
export function layerKinds(file: string, family: Family, fields: LayerFields): readonly LayerKind[] {
  const told = fields.layer_types ?? undefined;
  if (told) checkTypes(file, told, fields.num_hidden_layers);
  const window = windowOf(family, fields);
  const isShort = window !== undefined && window < fields.max_position_embeddings;
  if (family.windows === "none" && isShort) {
    throw new ModelFileError(file, `"sliding_window": layers of this family have none`);
  }
  const rule = ruleOf(family, fields, window !== undefined);
  const isLocal = Array.from({ length: fields.num_hidden_layers }, (_, layer) =>
    family.hasLayerTypes && told ? told[layer] === "sliding_attention" : rule(layer),
  );
  if (window === undefined && isLocal.includes(true)) {
    throw new ModelFileError(file, `"sliding_window": is not told, and layers need it`);
  }
  const isOtherwise = told?.some((type, layer) => (type === "sliding_attention") !== isLocal[layer]);
  if (isShort && isOtherwise) {
    throw new ModelFileError(file, `"layer_types": this family's layers are not chosen by it`);
  }
  return isLocal.map((local, layer) => ({
    ...(local && isShort && { window }),
    isLocal: local,
    hasExperts: hasExperts(family, fields, layer),
  }));
}

function hasExperts({ experts }: Family, fields: LayerFields, layer: number): boolean {
  if (experts !== "some") return experts === "all";
  const isDense = fields.mlp_only_layers?.includes(layer) ?? false;
  return !isDense && (layer + 1) % (fields.decoder_sparse_step ?? 1) === 0;
}

const types = ["full_attention", "sliding_attention"];

function checkTypes(file: string, told: readonly string[], layers: number): void {
  const stranger = told.find((type) => !types.includes(type));
  if (stranger !== undefined) {
    throw new ModelFileError(
      file,
      `"layer_types": ${stranger} is not supported; these are: ${types.join(", ")}`,
    );
  }
  if (told.length === layers) return;
  throw new ModelFileError(file, `"layer_types": tells of ${told.length} layers, and there are ${layers}`);
}

function windowOf(family: Family, fields: LayerFields): number | undefined {
  // Qwen writes the size of a window that it does not use.
  if (family.hasWindowSwitch && fields.use_sliding_window !== true) return undefined;
  return fields.sliding_window ?? undefined;
}

/** Which layers have the window where the file does not list them. */
function ruleOf(family: Family, fields: LayerFields, hasWindow: boolean): (layer: number) => boolean {
  const { max_window_layers: first, sliding_window_pattern: pattern } = fields;
  switch (family.windows) {
    case "none":
      return () => false;
    case "all":
      return () => hasWindow;
    case "late":
      return (layer) => hasWindow && layer >= (first ?? 0);
    case "alternating":
      return (layer) => (layer + 1) % (pattern ?? 1) !== 0;
  }
}
