/** Stacks that break one rule each, and the exact message that refuses them. */
import { configError, parseConfig } from "../../components/config.ts";
import { stackConfig } from "../../stacks/config.ts";
import type { makeStack } from "./builders.ts";

export type Stack = ReturnType<typeof makeStack>;
export type Row = [path: (string | number)[], given: string, allowed: string, remedy: string];

/** What a stack is refused with, or "accepted". */
export function refusal(stack: unknown): string {
  try {
    parseConfig(stackConfig, stack, 'stack "local"');
  } catch (error) {
    return (error as Error).message;
  }
  return "accepted";
}

/** The message that tells exactly these problems. */
export function message(...rows: Row[]): string {
  const problems = rows.map(([path, given, allowed, remedy]) => ({ path, given, allowed, remedy }));
  return configError('stack "local"', problems).message;
}

export interface Mistake {
  readonly case: string;
  /** Breaks one rule of a valid stack. */
  readonly spoil: (stack: Stack) => void;
  readonly want: Row;
}
