/** What is free on every node, kept current from the objects that the API server reports. */
import { acceleratorResourcePattern } from "../../components/catalogue/labels.ts";
import type { KubeObject } from "../cluster/kube-api.ts";
import { type FreeNode, type PodRequest, wholeGpu } from "./free-node.ts";
import type { NodeObject, ResourceClaim, ResourceSlice, SchedulablePod } from "./kube-objects.ts";
import { modelLabel, podRequest, shareCapacity } from "./pod-request.ts";
import { quantity } from "./quantity.ts";

export interface ViewedObjects {
  nodes: NodeObject;
  pods: SchedulablePod;
  resourceslices: ResourceSlice;
  resourceclaims: ResourceClaim;
}

const mebibyte = 2 ** 20;

export class ClusterView {
  private readonly objects: { [K in keyof ViewedObjects]: Map<string, ViewedObjects[K]> } = {
    nodes: new Map(),
    pods: new Map(),
    resourceslices: new Map(),
    resourceclaims: new Map(),
  };
  private readonly podsByNode = new Map<string, Map<string, SchedulablePod>>();
  private readonly slicesByNode = new Map<string, Map<string, ResourceSlice>>();
  /** Thousandths in use of each device; by claim, so that a claim can be taken back. */
  private readonly usesByDevice = new Map<string, Map<string, number>>();
  private readonly nodeOfDevice = new Map<string, string>();
  /** Rebuilt when asked for; a node that has not changed stays the same object. */
  private readonly free = new Map<string, FreeNode>();

  /** Everything of one kind, as a list tells it: what is missing in it is gone. */
  replace<K extends keyof ViewedObjects>(kind: K, objects: readonly ViewedObjects[K][]): void {
    const listed = new Set(objects.map(keyOf));
    const gone = [...this.objects[kind].entries()].filter(([key]) => !listed.has(key));
    for (const [, object] of gone) this.remove(kind, object);
    for (const object of objects) this.set(kind, object);
  }

  set<K extends keyof ViewedObjects>(kind: K, object: ViewedObjects[K]): void {
    const known = this.objects[kind].get(keyOf(object));
    if (known) this.index(kind, known, false);
    this.objects[kind].set(keyOf(object), object);
    this.index(kind, object, true);
  }

  remove<K extends keyof ViewedObjects>(kind: K, object: ViewedObjects[K]): void {
    const known = this.objects[kind].get(keyOf(object));
    if (known) this.index(kind, known, false);
    this.objects[kind].delete(keyOf(object));
  }

  request(pod: SchedulablePod): PodRequest {
    const namespace = pod.metadata?.namespace;
    return podRequest(pod, (name) => this.objects.resourceclaims.get(`${namespace}/${name}`));
  }

  /** Undefined for a node that is not known. */
  freeNode(name: string): FreeNode | undefined {
    const known = this.free.get(name);
    if (known) return known;
    const node = this.objects.nodes.get(keyOf({ metadata: { name } }));
    const free = node && this.measure(name, node);
    if (free) this.free.set(name, free);
    return free;
  }

  private index<K extends keyof ViewedObjects>(kind: K, object: ViewedObjects[K], isThere: boolean): void {
    const key = keyOf(object);
    if (kind === "nodes") this.free.delete(object.metadata?.name ?? "");
    if (kind === "pods") this.indexPod(key, object as SchedulablePod, isThere);
    if (kind === "resourceslices") this.indexSlice(key, object as ResourceSlice, isThere);
    if (kind === "resourceclaims") this.indexClaim(key, object as ResourceClaim, isThere);
  }

  private indexPod(key: string, pod: SchedulablePod, isThere: boolean): void {
    const node = pod.spec?.nodeName;
    if (node === undefined) return;
    const isRunning = isThere && pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed";
    change(this.podsByNode, node, key, isRunning ? pod : undefined);
    this.free.delete(node);
  }

  private indexSlice(key: string, { spec }: ResourceSlice, isThere: boolean): void {
    const node = spec.nodeName;
    if (node === undefined) return;
    change(this.slicesByNode, node, key, isThere ? ({ spec } as ResourceSlice) : undefined);
    for (const { name } of spec.devices ?? []) {
      const device = deviceKey(spec.driver, spec.pool.name, name);
      if (isThere) this.nodeOfDevice.set(device, node);
      else this.nodeOfDevice.delete(device);
    }
    this.free.delete(node);
  }

  private indexClaim(key: string, { status }: ResourceClaim, isThere: boolean): void {
    const results = status?.allocation?.devices?.results ?? [];
    for (const [position, { driver, pool, device, consumedCapacity }] of results.entries()) {
      const name = deviceKey(driver, pool, device);
      const share = consumedCapacity?.[shareCapacity];
      const milli = share === undefined ? wholeGpu : quantity(share);
      change(this.usesByDevice, name, `${key}#${position}`, isThere ? milli : undefined);
      this.free.delete(this.nodeOfDevice.get(name) ?? "");
    }
  }

  private measure(name: string, node: NodeObject): FreeNode {
    const allocatable = node.status?.allocatable ?? {};
    const pods = [...(this.podsByNode.get(name)?.values() ?? [])].map((pod) =>
      podRequest(pod, () => undefined),
    );
    const used = (of: (request: PodRequest) => number) => pods.reduce((sum, one) => sum + of(one), 0);
    const listed = Object.entries(allocatable).filter(([resource]) =>
      acceleratorResourcePattern.test(resource),
    );
    const counted = listed.reduce((sum, [, text]) => sum + quantity(text), 0);
    const taken = used(({ gpus }) => gpus);
    return {
      model: node.metadata?.labels?.[modelLabel] ?? "",
      cpuMilli: quantity(allocatable.cpu) * 1000 - used(({ cpuMilli }) => cpuMilli),
      memoryMiB: quantity(allocatable.memory) / mebibyte - used(({ memoryMiB }) => memoryMiB),
      gpuMilli: [
        ...Array.from({ length: counted }, (_, device) => (device < taken ? 0 : wholeGpu)),
        ...this.freeDevices(name),
      ],
    };
  }

  private freeDevices(node: string): number[] {
    return [...(this.slicesByNode.get(node)?.values() ?? [])].flatMap(({ spec }) =>
      (spec.devices ?? []).map(({ name, capacity }) => {
        const whole = capacity?.[shareCapacity] ? quantity(capacity[shareCapacity].value) : wholeGpu;
        const uses = this.usesByDevice.get(deviceKey(spec.driver, spec.pool.name, name));
        return [...(uses?.values() ?? [])].reduce((left, milli) => left - milli, whole);
      }),
    );
  }
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata?.namespace}/${metadata?.name}`;
}

function deviceKey(driver: string, pool: string, device: string): string {
  return `${driver}/${pool}/${device}`;
}

/** Sets or, without a value, deletes an entry of an inner map; empty inner maps go. */
function change<T>(
  maps: Map<string, Map<string, T>>,
  outer: string,
  inner: string,
  value: T | undefined,
): void {
  const map = maps.get(outer) ?? new Map<string, T>();
  if (value === undefined) map.delete(inner);
  else map.set(inner, value);
  if (map.size === 0) maps.delete(outer);
  else maps.set(outer, map);
}
