/** What is measured: whole prompts and single tokens of many sequences, each with blocks of its own. */
import { expect, test } from "vitest";
import type { Batch } from "../../runtime/device/contract.ts";
import { measureDevice } from "../../runtime/measure.ts";
import { FakeDevice } from "../support/runtime/fake-device.ts";

class WatchedDevice extends FakeDevice {
  readonly blocks: number[][] = [];

  protected override compute(batch: Batch): void {
    const used: number[] = [];
    for (let index = 0; index < batch.sequences; index += 1) {
      const count = Math.ceil((batch.contextLength[index] ?? 0) / 4);
      const start = index * batch.blocksPerSequence;
      used.push(...batch.blockTable.subarray(start, start + count));
    }
    this.blocks.push(used);
    super.compute(batch);
  }
}

test("prompts as long as a step, and answers of each batch that fits", () => {
  const device = new WatchedDevice(64, { sequences: 8 });
  const { prefill, decode } = measureDevice(device, [1, 8, 32], { contextTokens: 8, steps: 4 });
  expect(prefill).toMatchObject({ sequences: 1, contextTokens: 0 });
  expect(decode.map(({ sequences, contextTokens }) => [sequences, contextTokens])).toEqual([
    [1, 8],
    [8, 8],
  ]);
  expect(prefill.tokensPerSecond).toBeGreaterThan(0);
  const ones = Array<number>(8).fill(1);
  expect(device.steps).toEqual([...Array(5).fill([16]), ...Array(6).fill([1]), ...Array(6).fill(ones)]);
  for (const used of device.blocks) expect(new Set(used).size).toBe(used.length);
});

test("a batch that the KV cache cannot hold is left out", () => {
  const device = new WatchedDevice(8, { sequences: 8, sequenceTokens: 16 });
  const { decode } = measureDevice(device, [1, 4], { contextTokens: 8, steps: 4 });
  expect(decode.map(({ sequences }) => sequences)).toEqual([1]);
});

test("a prompt may be shorter than a step", () => {
  const device = new WatchedDevice(64, { sequences: 8 });
  measureDevice(device, [], { promptTokens: 3 });
  expect(device.steps).toEqual(Array(5).fill([3]));
});
