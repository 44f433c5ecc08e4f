import { expect, test } from "vitest";
import type { Device, Quantities } from "../../../embedded/scheduler-extender/kube-objects.ts";
import {
  freeMilli,
  nodeAccelerators,
  wantedMilli,
} from "../../../embedded/scheduler-extender/node-accelerators.ts";

const spec = { driver: "gpu", nodeName: "a", pool: { name: "a" } };

function accelerators(...devices: Device[]) {
  const sharedCounters = [{ name: "card", counters: { left: { value: "1" }, right: { value: "1" } } }];
  return nodeAccelerators([{ spec: { ...spec, sharedCounters } }, { spec: { ...spec, devices } }]);
}

function part(name: string, ...halves: string[]): Device {
  const counters = Object.fromEntries(halves.map((half) => [half, { value: "1" }]));
  return { name, consumesCounters: [{ counterSet: "card", counters }] };
}

const shared: Device = {
  name: "shared",
  allowMultipleAllocations: true,
  capacity: {
    memory: { value: "80Gi", requestPolicy: { default: "20Gi" } },
    cores: { value: "100" },
  },
};
const any = { equations: [], count: 1 };

test.each([
  { case: "nothing", uses: [], want: 1000 },
  { case: "the capacity of which most is taken", uses: [{ memory: "20Gi", cores: "40" }], want: 600 },
  { case: "two claims", uses: [{ memory: "20Gi" }, { memory: "40Gi" }], want: 250 },
  { case: "a claim that says nothing of capacity", uses: [undefined], want: 0 },
  { case: "more than there is", uses: [{ memory: "160Gi" }], want: 0 },
] as { case: string; uses: (Quantities | undefined)[]; want: number }[])(
  "of a shared device is in use: $case",
  ({ uses, want }) => {
    const [accelerator] = accelerators(shared);
    expect(accelerator && freeMilli(accelerator, () => uses)).toBe(want);
  },
);

test.each([
  { case: "the larger part of two capacities", capacity: { memory: "20Gi", cores: "50" }, want: 500 },
  // Of cores, for which there is no default, a claim that is silent takes all.
  { case: "all where one has no default", capacity: { memory: "20Gi" }, want: 1000 },
  { case: "never nothing", capacity: { memory: "1Mi", cores: "0" }, want: 1 },
] as { case: string; capacity: Quantities; want: number }[])("asked for: $case", ({ capacity, want }) => {
  expect(wantedMilli(accelerators(shared), { ...any, capacity })).toEqual([want]);
});

test("a default of the device counts for a claim that is silent", () => {
  const memoryOnly = {
    ...shared,
    capacity: { memory: { value: "80Gi", requestPolicy: { default: "20Gi" } } },
  };
  expect(wantedMilli(accelerators(memoryOnly), { ...any, capacity: {} })).toEqual([250]);
});

test("a capacity of nothing has no parts", () => {
  const idle = { ...shared, capacity: { memory: { value: "80Gi" }, encoders: { value: "0" } } };
  const [accelerator] = accelerators(idle);
  expect(accelerator && freeMilli(accelerator, () => [{ memory: "20Gi" }])).toBe(750);
  expect(wantedMilli(accelerators(idle), { ...any, capacity: { memory: "20Gi" } })).toEqual([250]);
});

test("several devices, and one that the node does not have", () => {
  const capacity = { memory: "40Gi", cores: "1" };
  expect(wantedMilli(accelerators(shared), { ...any, count: 2, capacity })).toEqual([500, 500]);
  const equations = [{ domain: undefined, name: undefined, value: "other" }];
  expect(wantedMilli(accelerators(shared), { equations, count: 1, capacity })).toEqual([1000]);
});

test("devices of one card exclude each other", () => {
  const made = accelerators(part("l", "left"), part("r", "right"), part("whole", "left", "right"));
  const [card, ...others] = made;
  expect(others).toEqual([]);
  expect(card?.devices.map(({ milli }) => milli)).toEqual([500, 500, 1000]);
  const free = (...used: string[]) =>
    card && freeMilli(card, (key) => (used.includes(key.replace("gpu/a/", "")) ? [undefined] : []));
  expect([free(), free("l"), free("l", "r"), free("whole")]).toEqual([1000, 500, 0, 0]);
});

test("a place where no device can start is not free", () => {
  const [card] = accelerators(part("l", "left"), part("whole", "left", "right"));
  expect(card && freeMilli(card, (key) => (key === "gpu/a/l" ? [undefined] : []))).toBe(0);
});
