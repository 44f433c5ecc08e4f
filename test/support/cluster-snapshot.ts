/** Which objects a cluster and which resources a stack hold, without what differs in each run. */
import type { KubeApi, KubeObject } from "../../embedded/cluster/kube-api.ts";
import type { StateDirectory } from "../../embedded/cluster/state-directory.ts";
import { readStackState } from "../../embedded/stack-state.ts";

interface ListedObject extends KubeObject {
  metadata: NonNullable<KubeObject["metadata"]> & { ownerReferences?: { kind: string; name: string }[] };
  /** Only of an IPAddress: the Service that has it. */
  spec?: { parentRef?: { name: string } };
}

interface ResourceList {
  resources: { name: string; kind: string; verbs: string[] }[];
}

/** They come and go by themselves. */
const passing = new Set(["Event", "Lease"]);

/**
 * One line per object: `Kind namespace/name`. An object that a controller made has a generated name, so its
 * owner stands for it; two objects of the same owner give the same line twice.
 */
export async function clusterObjects(api: KubeApi): Promise<string[]> {
  const { groups } = await api.get<{ groups: { preferredVersion: { groupVersion: string } }[] }>("/apis");
  const roots = [
    "/api/v1",
    ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`),
  ];
  const lines = await Promise.all(roots.map((root) => objectsUnder(api, root)));
  return lines.flat().sort();
}

async function objectsUnder(api: KubeApi, root: string): Promise<string[]> {
  const { resources } = await api.get<ResourceList>(root);
  const listable = resources.filter(({ kind, verbs }) => verbs.includes("list") && !passing.has(kind));
  const lines = listable.map(async ({ name, kind }) => {
    const objects = await api.list<ListedObject>(`${root}/${name}`);
    return objects.map((object) => objectLine(kind, object));
  });
  return (await Promise.all(lines)).flat();
}

function objectLine(kind: string, { metadata, spec }: ListedObject): string {
  const { namespace = "", name, ownerReferences } = metadata;
  if (kind === "IPAddress") return `IPAddress of Service ${spec?.parentRef?.name}`;
  const owner = ownerReferences?.[0];
  if (!owner) return `${kind} ${namespace}/${name}`;
  // A ReplicaSet's own name ends in a hash of its pods' template, in which the ports differ.
  const ownerName = owner.kind === "ReplicaSet" ? owner.name.replace(/-[a-z0-9]+$/, "") : owner.name;
  return `${kind} ${namespace}/ of ${owner.kind} ${ownerName}`;
}

export interface StackState {
  readonly urns: readonly string[];
  readonly pendingOperations: number;
}

/** The resources of the stack `local` as the last checkpoint tells, in order of URN. */
export function stackState(state: StateDirectory): StackState {
  const folder = state.path("pulumi", "backend", ".pulumi", "stacks", "plinth");
  const { latest } = JSON.parse(readStackState(folder, "local") ?? "").checkpoint;
  const urns = (latest.resources ?? []).map(({ urn }: { urn: string }) => urn).sort();
  return { urns, pendingOperations: latest.pending_operations?.length ?? 0 };
}
