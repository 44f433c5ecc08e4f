/** Every object that a cluster holds, of every kind that the API server can list. */
import type { KubeApi, KubeObject } from "../../embedded/cluster/kube-api.ts";

export interface ListedObject extends KubeObject {
  readonly metadata: NonNullable<KubeObject["metadata"]> & {
    readonly generation?: number;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
  /** Only of an IPAddress: the Service that has it. */
  readonly spec?: { readonly parentRef?: { readonly name: string } };
}

interface GroupList {
  readonly groups: readonly { name: string; versions: readonly { groupVersion: string }[] }[];
}

interface ResourceList {
  readonly resources: readonly { name: string; kind: string; verbs: readonly string[] }[];
}

/** By `Kind.group namespace/name`; a kind that is served in several versions is listed once. */
export async function everyObject(api: KubeApi): Promise<Map<string, ListedObject>> {
  const { groups } = await api.get<GroupList>("/apis");
  const core = { name: "", versions: [{ groupVersion: "v1" }] };
  const found = await Promise.all([core, ...groups].map((group) => objectsOfGroup(api, group)));
  return new Map(found.flat().sort(([a], [b]) => a.localeCompare(b)));
}

/** The key under which `everyObject` has an object. */
export function objectKey(group: string, kind: string, { namespace = "", name }: ListedObject["metadata"]) {
  return `${group === "" ? kind : `${kind}.${group}`} ${namespace}/${name}`;
}

async function objectsOfGroup(api: KubeApi, { name: group, versions }: GroupList["groups"][number]) {
  const kinds = new Map<string, { kind: string; path: string }>();
  for (const { groupVersion } of versions) {
    const root = group === "" ? `/api/${groupVersion}` : `/apis/${groupVersion}`;
    const { resources } = await api.get<ResourceList>(root);
    for (const { name, kind, verbs } of resources) {
      if (verbs.includes("list") && !kinds.has(name)) kinds.set(name, { kind, path: `${root}/${name}` });
    }
  }
  const lists = [...kinds.values()].map(async ({ kind, path }) => {
    const objects = await api.list<ListedObject>(path);
    return objects.map((object) => [objectKey(group, kind, object.metadata), object] as const);
  });
  return (await Promise.all(lists)).flat();
}
