/** Which objects a cluster and which resources a stack hold, without what differs in each run. */
import type { KubeApi } from "../../embedded/cluster/kube-api.ts";
import type { StateDirectory } from "../../embedded/cluster/state-directory.ts";
import { readStackState } from "../../embedded/stack-state.ts";
import { everyObject, type ListedObject } from "./every-object.ts";

/** They come and go by themselves. */
const passing = /^(Event|Event\.events\.k8s\.io|Lease\.coordination\.k8s\.io) /;

/**
 * One line per object: `Kind.group namespace/name`. An object that a controller made has a generated name, so
 * its owner stands for it; two objects of the same owner give the same line twice.
 */
export async function clusterObjects(api: KubeApi): Promise<string[]> {
  const objects = [...(await everyObject(api))].filter(([key]) => !passing.test(key));
  return objects.map(([key, object]) => objectLine(key, object)).sort();
}

function objectLine(key: string, { metadata, spec }: ListedObject): string {
  const [kind] = key.split(" ");
  if (spec?.parentRef) return `${kind} of Service ${spec.parentRef.name}`;
  const owner = metadata.ownerReferences?.[0];
  if (!owner) return key;
  // A ReplicaSet's own name ends in a hash of its pods' template, in which the ports differ.
  const ownerName = owner.kind === "ReplicaSet" ? owner.name.replace(/-[a-z0-9]+$/, "") : owner.name;
  return `${kind} ${metadata.namespace ?? ""}/ of ${owner.kind} ${ownerName}`;
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
