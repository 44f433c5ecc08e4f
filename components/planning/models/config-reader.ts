/** Reads fields of a config.json, and gathers every one that is missing. */
import type { Path, Problem } from "../problem.ts";
import type { ConfigFields } from "./config-fields.ts";

type NumberField = {
  [Key in keyof ConfigFields]-?: NonNullable<ConfigFields[Key]> extends number ? Key : never;
}[keyof ConfigFields];

export class ConfigReader {
  readonly config: ConfigFields;
  readonly #path: Path;
  readonly #missing = new Map<string, Problem>();

  constructor(config: ConfigFields, path: Path) {
    this.config = config;
    this.#path = path;
  }

  get problems(): Problem[] {
    return [...this.#missing.values()];
  }

  /** The first of these fields that is there; 1 where none is, which then is a problem. */
  need(...fields: readonly [NumberField, ...NumberField[]]): number {
    const found = fields.map((field) => this.config[field]).find((value) => value != null);
    if (found != null) return found;
    this.#refuse(fields[0], "nothing", `a whole number for a ${this.config.model_type}`, "add it");
    return 1;
  }

  /** The size of the feed-forward layer at a place: one for all, or one for each. */
  feedForwardSize(index: number): number {
    const sizes = this.config.intermediate_size;
    const size = Array.isArray(sizes) ? sizes[index] : sizes;
    if (size != null) return size;
    const given = Array.isArray(sizes) ? `${sizes.length} sizes` : "nothing";
    this.#refuse("intermediate_size", given, "a whole number, or one for each layer", "add it");
    return 1;
  }

  /** Size of a head: as given, or the hidden size divided by the heads. */
  headSize(): number {
    const { head_dim, attention_head_dim, hidden_size, num_attention_heads } = this.config;
    const given = head_dim ?? attention_head_dim;
    if (given != null) return given;
    const heads = num_attention_heads ?? 1;
    if (hidden_size % heads === 0) return hidden_size / heads;
    const allowed = `a divisor of hidden_size ${hidden_size} where head_dim is not given`;
    this.#refuse("num_attention_heads", String(heads), allowed, "add head_dim");
    return 1;
  }

  #refuse(field: string, given: string, allowed: string, remedy: string): void {
    this.#missing.set(field, { path: [...this.#path, field], given, allowed, remedy });
  }
}
