/** A weight of a model as it is stored: its shape, what it serves, and how parallel ranks share it. */

/** What a weight serves; formats of quantisation and adapters choose by it. */
export type TensorRole =
  | "embedding"
  | "output"
  | "mixer"
  | "feed-forward"
  | "shared-expert"
  | "expert"
  | "router"
  /** Normalisations, biases, convolutions and states: never quantised. */
  | "vector";

export interface Tensor {
  readonly role: TensorRole;
  /** Outputs of a matrix; 1 for a vector. */
  readonly rows: number;
  /** Inputs of a matrix. */
  readonly columns: number;
  /** Equal ones, such as experts. */
  readonly copies: number;
  /** Copies that work on one token. */
  readonly activeCopies: number;
  /** Side that tensor parallelism cuts; undefined gives every rank the whole. */
  readonly cut?: "rows" | "columns";
  /** Parts that it can be cut into at most; more ranks share them in groups. */
  readonly parts?: number;
}

type Cut = Pick<Tensor, "cut" | "parts">;

export function matrix(role: TensorRole, rows: number, columns: number, cut: Cut = {}): Tensor {
  return { role, rows, columns, copies: 1, activeCopies: 1, ...cut };
}

export function vector(length: number, cut: Cut = {}): Tensor {
  return matrix("vector", 1, length, cut);
}

/** The same weight once for each expert. */
export function perExpert(tensor: Tensor, experts: number, active: number): Tensor {
  return { ...tensor, copies: experts, activeCopies: active };
}

export function elements({ rows, columns, copies }: Tensor): number {
  return rows * columns * copies;
}

export function activeElements({ rows, columns, activeCopies }: Tensor): number {
  return rows * columns * activeCopies;
}
