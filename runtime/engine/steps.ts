/** The steps that a device computes: one, or one and the one behind it, each with its members and arrays. */
import { allocateBatch, allocateBatchBehind } from "../device/batch.ts";
import type { Batch, Device } from "../device/contract.ts";
import { BatchFiller } from "./batch-filler.ts";
import type { Sequence } from "./sequence.ts";

export class Step {
  readonly batch: Batch;
  readonly filler: BatchFiller;
  /** In the order of the batch. */
  readonly members: Sequence[] = [];

  constructor(batch: Batch) {
    this.batch = batch;
    this.filler = new BatchFiller(batch);
  }
}

export class Steps {
  private readonly device: Device;
  /** Taken in turns: whose turn is next stands first. */
  private readonly idle: Step[];
  private readonly underWay: Step[] = [];

  /** `ahead`: whether one may be begun while another is computed, by a device that can do so. */
  constructor(device: Device, ahead: boolean) {
    const { limits, facts } = device;
    const first = allocateBatch(limits, facts);
    this.device = device;
    this.idle = [new Step(first)];
    if (ahead && device.stepsAtOnce === 2)
      this.idle.push(new Step(allocateBatchBehind(first, limits, facts)));
  }

  get isComputing(): boolean {
    return this.underWay.length > 0;
  }

  /** Whether another one may be begun behind the one that is computed. */
  get hasRoomBehind(): boolean {
    return this.underWay.length === 1 && this.idle.length === 1;
  }

  /** The one to be begun next: nobody reads its arrays. */
  get next(): Step {
    const [step] = this.idle;
    if (!step) throw new Error("no further step has room");
    return step;
  }

  /** Begins `next`. Throws what the device throws. */
  begin(): void {
    this.device.start(this.next.batch);
    this.underWay.push(this.next);
    this.idle.shift();
  }

  /** The one that was begun first, if it ends within so many milliseconds. Throws what the device throws. */
  finish(milliseconds: number): Step | undefined {
    if (!this.device.finish(milliseconds)) return undefined;
    const step = this.underWay.shift();
    if (step) this.idle.push(step);
    return step;
  }

  /** The device is lost, and all that it computed. */
  abandon(): void {
    this.idle.push(...this.underWay.splice(0));
  }
}
