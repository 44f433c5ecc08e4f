/** What is free on every node, kept current from the objects that the API server reports. */
import { acceleratorResourcePattern } from "../../components/catalogue/labels.ts";
import type { KubeObject } from "../cluster/kube-api.ts";
import { equationsOf } from "./device-selection.ts";
import { type FreeNode, type PodRequest, wholeGpu } from "./free-node.ts";
import type {
  DeviceClass,
  NodeObject,
  Quantities,
  ResourceClaim,
  ResourceSlice,
  SchedulablePod,
} from "./kube-objects.ts";
import {
  type Accelerator,
  deviceKey,
  freeMilli,
  nodeAccelerators,
  type WantedDevices,
  wantedMilli,
} from "./node-accelerators.ts";
import { claimNames, modelLabel, podRequest } from "./pod-request.ts";
import { quantity } from "./quantity.ts";

export interface ViewedObjects {
  nodes: NodeObject;
  pods: SchedulablePod;
  resourceslices: ResourceSlice;
  resourceclaims: ResourceClaim;
  deviceclasses: DeviceClass;
}

const mebibyte = 2 ** 20;

export class ClusterView {
  private readonly objects: { [K in keyof ViewedObjects]: Map<string, ViewedObjects[K]> } = {
    nodes: new Map(),
    pods: new Map(),
    resourceslices: new Map(),
    resourceclaims: new Map(),
    deviceclasses: new Map(),
  };
  private readonly podsByNode = new Map<string, Map<string, SchedulablePod>>();
  private readonly slicesByNode = new Map<string, Map<string, Pick<ResourceSlice, "spec">>>();
  /** Capacity in use of each device; by claim, so that a claim can be taken back. */
  private readonly usesByDevice = new Map<
    string,
    Map<string, { readonly capacity: Quantities | undefined }>
  >();
  private readonly nodeOfDevice = new Map<string, string>();
  /** Rebuilt when asked for; a node that has not changed stays the same object. */
  private readonly free = new Map<string, FreeNode>();
  /** Read when asked for, until the node's slices change. */
  private readonly acceleratorsByNode = new Map<string, readonly Accelerator[]>();

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

  /** What the pod asks for on a node: so much memory is more of a small accelerator than of a large one. */
  requests(pod: SchedulablePod): (node: string) => PodRequest {
    const namespace = pod.metadata?.namespace;
    // Claims that do not exist yet ask for nothing.
    const claims = claimNames(pod).flatMap(
      (name) => this.objects.resourceclaims.get(`${namespace}/${name}`) ?? [],
    );
    const wanted = claims.flatMap((claim) => this.wantedDevices(claim));
    const models = this.selectedModels(pod);
    const made = new Map<string, PodRequest>();
    return (node) => {
      const shares = wanted.flatMap((one) => wantedMilli(this.acceleratorsOf(node), one));
      const key = shares.join();
      const request = made.get(key) ?? podRequest(pod, shares);
      const isForAny = request.gpus > 0 && request.models.length === 0;
      const told = isForAny ? { ...request, models } : request;
      made.set(key, told);
      return told;
    };
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
    change(this.slicesByNode, node, key, isThere ? { spec } : undefined);
    for (const { name } of spec.devices ?? []) {
      const device = deviceKey(spec.driver, spec.pool.name, name);
      if (isThere) this.nodeOfDevice.set(device, node);
      else this.nodeOfDevice.delete(device);
    }
    this.acceleratorsByNode.delete(node);
    this.free.delete(node);
  }

  private indexClaim(key: string, { status }: ResourceClaim, isThere: boolean): void {
    const results = status?.allocation?.devices?.results ?? [];
    for (const [position, { driver, pool, device, consumedCapacity }] of results.entries()) {
      const name = deviceKey(driver, pool, device);
      const use = { capacity: consumedCapacity };
      change(this.usesByDevice, name, `${key}#${position}`, isThere ? use : undefined);
      this.free.delete(this.nodeOfDevice.get(name) ?? "");
    }
  }

  private wantedDevices({ spec }: ResourceClaim): WantedDevices[] {
    return (spec.devices?.requests ?? []).map(({ exactly, firstAvailable = [] }) => {
      // Of alternatives the first is what is wanted.
      const { deviceClassName, selectors = [], count = 1, capacity } = exactly ?? firstAvailable[0] ?? {};
      const known = this.objects.deviceclasses.get(keyOf({ metadata: { name: deviceClassName ?? "" } }));
      const equations = equationsOf([...(known?.spec.selectors ?? []), ...selectors]);
      return { equations, count, capacity: capacity?.requests ?? {} };
    });
  }

  /** Models of the nodes that the pod selects, such as those of its pool; empty for any. */
  private selectedModels({ spec }: SchedulablePod): string[] {
    const selector = Object.entries(spec?.nodeSelector ?? {});
    if (selector.length === 0) return [];
    const selected = [...this.objects.nodes.values()].filter(({ metadata }) =>
      selector.every(([key, value]) => metadata?.labels?.[key] === value),
    );
    return [...new Set(selected.map(modelOf))].toSorted();
  }

  private measure(name: string, node: NodeObject): FreeNode {
    const allocatable = node.status?.allocatable ?? {};
    const pods = [...(this.podsByNode.get(name)?.values() ?? [])].map((pod) => podRequest(pod));
    const used = (of: (request: PodRequest) => number) => pods.reduce((sum, one) => sum + of(one), 0);
    const listed = Object.entries(allocatable).filter(([resource]) =>
      acceleratorResourcePattern.test(resource),
    );
    const counted = listed.reduce((sum, [, text]) => sum + quantity(text), 0);
    const taken = used(({ gpus }) => gpus);
    return {
      model: modelOf(node),
      cpuMilli: quantity(allocatable.cpu) * 1000 - used(({ cpuMilli }) => cpuMilli),
      memoryMiB: quantity(allocatable.memory) / mebibyte - used(({ memoryMiB }) => memoryMiB),
      gpuMilli: [
        ...Array.from({ length: counted }, (_, device) => (device < taken ? 0 : wholeGpu)),
        ...this.freeDevices(name),
      ],
    };
  }

  private freeDevices(node: string): number[] {
    const usesOf = (key: string) =>
      [...(this.usesByDevice.get(key)?.values() ?? [])].map(({ capacity }) => capacity);
    return this.acceleratorsOf(node).map((accelerator) => freeMilli(accelerator, usesOf));
  }

  private acceleratorsOf(node: string): readonly Accelerator[] {
    const known = this.acceleratorsByNode.get(node);
    if (known) return known;
    const read = nodeAccelerators(this.slicesByNode.get(node)?.values() ?? []);
    this.acceleratorsByNode.set(node, read);
    return read;
  }
}

function modelOf({ metadata }: NodeObject): string {
  return metadata?.labels?.[modelLabel] ?? "";
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata?.namespace}/${metadata?.name}`;
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
