/** What layers choose among, in models with experts: how many there are, and how many a token takes. */
import type { Family } from "./families.ts";
import { ModelFileError } from "./model-file-error.ts";

export interface Mixture {
  readonly experts: number;
  /** Experts that each token goes through. */
  readonly chosen: number;
  /** Of one expert. */
  readonly intermediate: number;
  /** The shares of those that are chosen are made to sum to one. */
  readonly hasNormalisedShares: boolean;
}

interface MixtureFields {
  readonly intermediate_size: number;
  readonly num_local_experts?: number | null;
  readonly num_experts?: number | null;
  readonly num_experts_per_tok?: number | null;
  readonly moe_intermediate_size?: number | null;
  readonly norm_topk_prob?: boolean | null;
}

/** Throws a ModelFileError for experts that are not told, or too few. */
export function readMixture(file: string, { experts: which }: Family, fields: MixtureFields): Mixture {
  // Mixtral has names of its own, and transformers 5 writes one of them for both.
  const isMixtral = which === "all";
  const field = isMixtral ? "num_local_experts" : "num_experts";
  const experts = fields[field] ?? fields.num_local_experts;
  if (experts == null) throw new ModelFileError(file, `"${field}": is not told`);
  const chosen = fields.num_experts_per_tok ?? 1;
  if (chosen > experts) {
    throw new ModelFileError(file, `"num_experts_per_tok": ${chosen} are not among ${experts} experts`);
  }
  return {
    experts,
    chosen,
    intermediate: (isMixtral ? undefined : fields.moe_intermediate_size) ?? fields.intermediate_size,
    hasNormalisedShares: isMixtral || fields.norm_topk_prob === true,
  };
}
