/** What a kind of inputs is: how they are made, and how each is met. */
import type fc from "fast-check";

/** How an input was met; whatever else is thrown is a failure. */
export type Met = "taken" | "refused";

export interface FuzzKind<Input = unknown> {
  readonly inputs: fc.Arbitrary<Input>;
  readonly meet: (input: Input) => Met | Promise<Met>;
  /** Inputs that are met together. Default: 1. */
  readonly atOnce?: number;
}

/** Hides the type of the inputs from whoever only plays them. */
export function kindOf<Input>(kind: FuzzKind<Input>): FuzzKind {
  return kind as FuzzKind<unknown>;
}

/** Directories: of a good model, and one that is empty. */
export interface Places {
  readonly model: string;
  readonly scratch: string;
}

/** Runs what may refuse its input in the ways that are named. */
export function met(run: () => void, ...refusals: (new (...args: never[]) => Error)[]): Met {
  try {
    run();
    return "taken";
  } catch (error) {
    if (refusals.some((refusal) => error instanceof refusal)) return "refused";
    throw error;
  }
}
