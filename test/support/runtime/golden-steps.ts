/** A device that goes on from a prompt token by token, beside what transformers computed for the same. */
import { expect } from "vitest";
import type { Device } from "../../../runtime/device/contract.ts";
import { distance, type Golden } from "./goldens.ts";
import { blocksFrom, byToken, Steps } from "./steps.ts";

type Answered = Pick<Golden, "prompt" | "answer" | "margins" | "logprobs" | "gaps">;

/** So near, another rounding is another expert, and no answer is the right one. */
function hasRoute({ gaps }: Pick<Golden, "gaps">, step: number): boolean {
  return (gaps?.[step] ?? 1) > 0.01;
}

/** Whether rounding cannot turn which token is chosen. */
function isDecided(golden: Pick<Golden, "margins" | "gaps">, step: number, tolerance: number): boolean {
  return hasRoute(golden, step) && (golden.margins[step] ?? 0) > 2 * tolerance;
}

/** Of a golden's tokens: how many are asserted within this tolerance. */
export function decidedTokens(
  golden: Pick<Golden, "answer" | "margins" | "gaps">,
  tolerance: number,
): number {
  return golden.answer.filter((_, step) => isDecided(golden, step, tolerance)).length;
}

/** Log probabilities within the tolerance, and the same token wherever it cannot turn the choice. */
export function expectGolden(
  device: Device,
  { prompt, answer, margins, logprobs, gaps }: Answered,
  { tolerance, adapter = 0 }: { readonly tolerance: number; readonly adapter?: number },
): void {
  const steps = new Steps(device);
  const tokens = [...prompt, ...answer];
  const blocks = blocksFrom(3, tokens.length);
  for (let step = 0; step < answer.length; step += 1) {
    const end = prompt.length + step;
    const wanted = logprobs[step];
    const choice = wanted ? { logprobs: device.facts.vocabularySize } : {};
    const [told] = steps.run([{ tokens, start: step === 0 ? 0 : end - 1, end, blocks, choice, adapter }]);
    if (!told) throw new Error("no answer");
    expect(told.status).toBe(0);
    if (!hasRoute({ gaps }, step)) continue;
    if (wanted) expect(distance(byToken(told), wanted)).toBeLessThan(tolerance);
    if (isDecided({ margins, gaps }, step, tolerance)) expect(told.sampled).toBe(answer[step]);
  }
}
