/** Adapters of one model and what PEFT computed with them, and requests that share steps. */
import { readFileSync } from "node:fs";
import { seededRandom } from "../../../components/planning/random.ts";
import type { Device } from "../../../runtime/device/contract.ts";
import { type Answer, blocksFrom, type Slice, Steps } from "./steps.ts";

interface AdapterGolden {
  readonly name: string;
  readonly config: { readonly vocab_size: number };
  readonly prompt: readonly number[];
  readonly answer: readonly number[];
  readonly margins: readonly number[];
  readonly logprobs: Readonly<Record<string, readonly number[]>>;
}

const oracle = new URL("oracle/", import.meta.url);
/** A line for each adapter of one model; oracle/make-adapters.py wrote them. */
export const adapterGoldens = readFileSync(new URL("adapters.jsonl", oracle), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as AdapterGolden);
export const [{ config: adaptedConfig }] = adapterGoldens as [AdapterGolden];
export const adapters = adapterGoldens.map(({ name }) => ({
  name,
  directory: new URL(`adapter-${name}`, oracle).pathname,
}));

const random = seededRandom(7);
export const members = [0, 1, 2, 3, 0, 2].map((adapter, index) => {
  const length = [1, 5, 16, 19, 33, 2][index] ?? 1;
  return { adapter, length, tokens: Array.from({ length: length + 4 }, () => random.below(128)) };
});
export const turns = [0, 1, 2, 3, 4];

/** Each member's turn: its prompt first, and then token by token. */
export function sliceOf(index: number, turn: number): Slice {
  const { adapter, length, tokens } = members[index] ?? { adapter: 0, length: 1, tokens: [] };
  const end = length + turn;
  const blocks = blocksFrom(index * 4, tokens.length);
  return { tokens, start: turn === 0 ? 0 : end - 1, end, blocks, adapter, choice: { logprobs: 128 } };
}

/** By turn, and then by member. */
export function together(device: Device): Answer[][] {
  const steps = new Steps(device);
  return turns.map((turn) => steps.run(members.map((_, index) => sliceOf(index, turn))));
}

/** By turn, and then by member, each in steps of its own. */
export function alone(device: Device): Answer[][] {
  const steps = new Steps(device);
  const all = members.map((_, index) => turns.flatMap((turn) => steps.run([sliceOf(index, turn)])));
  return turns.map((turn) => all.map((answers) => answers[turn] as Answer));
}
