/** How badly logits foretell the tokens that came, and which way they ought to go. */
import { exponential } from "./exponential.ts";

/** Of a row whose token nobody has to foretell. */
export const noTarget = -1;

/**
 * The mean loss over rows that have a target, in nats; the logits become its gradient, 0 in all other rows.
 */
export function crossEntropy(logits: Float32Array, width: number, targets: Int32Array): number {
  let counted = 0;
  for (const target of targets) if (target !== noTarget) counted += 1;
  let loss = 0;
  targets.forEach((target, row) => {
    const scores = logits.subarray(row * width, (row + 1) * width);
    if (target === noTarget) scores.fill(0);
    else loss += rowLoss(scores, target, counted);
  });
  return loss / counted;
}

function rowLoss(scores: Float32Array, target: number, counted: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < scores.length; index += 1) most = Math.max(most, scores[index] as number);
  const wanted = (scores[target] as number) - most;
  let total = 0;
  for (let index = 0; index < scores.length; index += 1) {
    const share = exponential((scores[index] as number) - most);
    scores[index] = share;
    total += share;
  }
  const scale = 1 / (total * counted);
  for (let index = 0; index < scores.length; index += 1) scores[index] = (scores[index] as number) * scale;
  scores[target] = (scores[target] as number) - 1 / counted;
  return Math.log(total) - wanted;
}
