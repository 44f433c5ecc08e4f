/** The accelerators of a node as its ResourceSlices tell them: whole, shared by capacity, or partitioned. */
import { type Equation, isMeant } from "./device-selection.ts";
import { wholeGpu } from "./free-node.ts";
import type { Device, Quantities, ResourceSlice, Values } from "./kube-objects.ts";
import { quantity } from "./quantity.ts";

type Amounts = Readonly<Record<string, number>>;

interface UnsizedDevice {
  readonly key: string;
  readonly driver: string;
  readonly device: Device;
  /** What it takes of the accelerator's counters. */
  readonly takes: Amounts;
}

interface AcceleratorDevice extends UnsizedDevice {
  /** Its part of the accelerator, in thousandths. */
  readonly milli: number;
}

/** Devices of which one excludes the other by the counters that both take, or one that has none. */
export interface Accelerator {
  readonly devices: readonly AcceleratorDevice[];
  /** Absent where it is one device. */
  readonly counters?: Amounts;
}

/** One request of a claim. */
export interface WantedDevices {
  readonly equations: readonly Equation[];
  readonly count: number;
  /** Of a device that may be shared. */
  readonly capacity: Quantities;
}

export function deviceKey(driver: string, pool: string, device: string): string {
  return `${driver}/${pool}/${device}`;
}

export function nodeAccelerators(slices: Iterable<Pick<ResourceSlice, "spec">>): Accelerator[] {
  const specs = [...slices].map(({ spec }) => spec);
  const counters = new Map<string, Amounts>();
  for (const { driver, pool, sharedCounters = [] } of specs) {
    for (const set of sharedCounters) {
      counters.set(deviceKey(driver, pool.name, set.name), amounts(set.counters));
    }
  }
  const devicesOf = new Map<string, UnsizedDevice[]>();
  for (const { driver, pool, devices = [] } of specs) {
    for (const device of devices) {
      const key = deviceKey(driver, pool.name, device.name);
      const [taken] = device.consumesCounters ?? [];
      const accelerator = taken ? deviceKey(driver, pool.name, taken.counterSet) : key;
      const one = { key, driver, device, takes: taken ? amounts(taken.counters) : {} };
      devicesOf.set(accelerator, [...(devicesOf.get(accelerator) ?? []), one]);
    }
  }
  return [...devicesOf].map(([key, devices]) => sized(devices, counters.get(key)));
}

/** Parts are means over the counters, as a part of the one that has most of them. */
function sized(devices: readonly UnsizedDevice[], counters: Amounts | undefined): Accelerator {
  const isPartitioned = devices.some(({ device }) => device.consumesCounters?.length);
  if (!isPartitioned) return { devices: devices.map((device) => ({ ...device, milli: wholeGpu })) };
  // While its counters are in a slice that is still to come, nothing is free.
  if (counters === undefined) return { devices: [], counters: {} };
  const totals = Object.entries(counters).filter(([, total]) => total > 0);
  const sizes = devices.map(({ takes }) =>
    totals.reduce((sum, [name, total]) => sum + (takes[name] ?? 0) / total, 0),
  );
  const largest = Math.max(...sizes);
  const parts = devices.map((device, index) => {
    const part = largest === 0 ? 1 : (sizes[index] ?? 0) / largest;
    return { ...device, milli: Math.round(wholeGpu * part) };
  });
  return { devices: parts, counters };
}

/** Thousandths that claims can still get; `usesOf` a device is what each claim on it takes. */
export function freeMilli(
  { devices, counters }: Accelerator,
  usesOf: (key: string) => readonly (Quantities | undefined)[],
): number {
  if (counters === undefined) {
    return devices.reduce((sum, { key, device }) => sum + unusedMilli(device, usesOf(key)), 0);
  }
  const left = { ...counters };
  const unused = devices.filter((device) => {
    const isUsed = usesOf(device.key).length > 0;
    if (isUsed) take(left, device.takes);
    return !isUsed;
  });
  // What no partition can start in is not free. Taking the largest first is near to the most that fits.
  let free = 0;
  for (const { takes, milli } of unused.toSorted((one, other) => other.milli - one.milli)) {
    if (Object.entries(takes).some(([name, amount]) => amount > (left[name] ?? 0))) continue;
    take(left, takes);
    free += milli;
  }
  return Math.min(free, wholeGpu);
}

function unusedMilli(
  { capacity, allowMultipleAllocations }: Device,
  uses: readonly (Quantities | undefined)[],
): number {
  if (uses.length === 0) return wholeGpu;
  if (!allowMultipleAllocations || uses.includes(undefined)) return 0;
  const parts = capacities(capacity).map(([name, { value }]) => {
    const used = uses.reduce((sum, use) => sum + quantity(use?.[name]), 0);
    return used / quantity(value);
  });
  return Math.round(wholeGpu * Math.max(0, 1 - Math.max(0, ...parts)));
}

/** Thousandths of each device that a claim asks for; whole ones where the node has no such device. */
export function wantedMilli(accelerators: readonly Accelerator[], wanted: WantedDevices): number[] {
  const found = firstMeant(accelerators, wanted.equations);
  const milli = found ? claimedMilli(found, wanted.capacity) : wholeGpu;
  return Array.from({ length: wanted.count }, () => milli);
}

/** The scheduler, too, takes the first that will do. */
function firstMeant(
  accelerators: readonly Accelerator[],
  equations: readonly Equation[],
): AcceleratorDevice | undefined {
  for (const { devices } of accelerators) {
    const found = devices.find(({ driver, device }) => isMeant(driver, device, equations));
    if (found) return found;
  }
  return undefined;
}

function claimedMilli({ device, milli }: AcceleratorDevice, asked: Quantities): number {
  const { capacity, allowMultipleAllocations } = device;
  if (!allowMultipleAllocations) return milli;
  const parts = capacities(capacity).map(
    ([name, { value, requestPolicy }]) =>
      quantity(asked[name] ?? requestPolicy?.default ?? value) / quantity(value),
  );
  return Math.max(1, Math.round(wholeGpu * Math.max(...parts, parts.length === 0 ? 1 : 0)));
}

/** Of nothing there are no parts. */
function capacities(capacity: Device["capacity"]) {
  return Object.entries(capacity ?? {}).filter(([, { value }]) => quantity(value) > 0);
}

function amounts(values: Values): Amounts {
  return Object.fromEntries(Object.entries(values).map(([name, { value }]) => [name, quantity(value)]));
}

function take(left: Record<string, number>, takes: Amounts): void {
  for (const [name, amount] of Object.entries(takes)) left[name] = (left[name] ?? 0) - amount;
}
