/** What becomes of the hidden states of one request's tokens, over the steps that compute them. */
import { type Batch, poolings } from "../device/contract.ts";
import type { Pooling } from "./contract.ts";
import type { Sequence } from "./sequence.ts";

export class PooledState {
  private readonly pooling: Pooling;
  /** Of the tokens so far. */
  private readonly state: Float32Array;

  constructor(pooling: Pooling, hiddenSize: number) {
    this.pooling = pooling;
    this.state = new Float32Array(hiddenSize);
  }

  /** What the device is to do with sequence `index` of the step. */
  fill(batch: Batch, index: number, { computed, scheduled, known }: Sequence): void {
    if (this.pooling === "last") {
      batch.pooling[index] = computed + scheduled === known ? poolings.last : poolings.none;
      return;
    }
    // Who lost its blocks begins anew.
    if (computed === 0) this.state.fill(0);
    batch.pooling[index] = poolings.sum;
    batch.pooled.set(this.state, index * this.state.length);
  }

  /** Keeps what the step made. */
  take(batch: Batch, index: number): void {
    const { length } = this.state;
    if (batch.pooling[index] === poolings.none) return;
    this.state.set(batch.pooled.subarray(index * length, (index + 1) * length));
  }

  /** Once every token is computed: the embedding, as the model has it. */
  value(promptTokens: number): Float32Array {
    return this.pooling === "last" ? this.state : this.state.map((sum) => sum / promptTokens);
  }
}
