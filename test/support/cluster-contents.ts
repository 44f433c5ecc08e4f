/** What a cluster holds, object by object with a hash of each, so that two moments can be compared. */
import { createHash } from "node:crypto";
import type { KubeApi } from "../../embedded/cluster/kube-api.ts";
import { everyObject, type ListedObject } from "./every-object.ts";
import { eventually } from "./platform.ts";

/** What Kubernetes itself writes while time passes, whether or not a stack is up. */
const kubernetesOwn: Readonly<Record<string, string>> = {
  Event: "a record of what happened; the API server deletes it after an hour",
  "Event.events.k8s.io": "the same records in their newer group",
  "Lease.coordination.k8s.io": "a heartbeat, renewed every few seconds",
};

export type ClusterContents = ReadonlyMap<string, string>;

const quietMs = 3000;

/** A hash by the key of each object; what only says when it was written is left out. */
export async function clusterContents(api: KubeApi): Promise<ClusterContents> {
  const objects = [...(await everyObject(api))];
  const rows = objects.filter(([key]) => kubernetesOwn[key.split(" ")[0] ?? ""] === undefined);
  return new Map(rows.map(([key, object]) => [key, contentHash(object)]));
}

/** The contents once nothing changes any more: new controllers make objects of their own. */
export function quietContents(api: KubeApi): Promise<ClusterContents> {
  let last: ClusterContents = new Map();
  let changedAt = Date.now();
  return eventually(
    () => clusterContents(api),
    (now) => {
      if (differences(last, now).length > 0) changedAt = Date.now();
      last = now;
      return Date.now() - changedAt >= quietMs;
    },
    60_000,
  );
}

/** One line per object that is new, gone or changed. */
export function differences(old: ClusterContents, now: ClusterContents): string[] {
  return [
    ...[...now.keys()].filter((key) => !old.has(key)).map((key) => `new ${key}`),
    ...[...old.keys()].filter((key) => !now.has(key)).map((key) => `gone ${key}`),
    ...[...now]
      .filter(([key, hash]) => old.has(key) && old.get(key) !== hash)
      .map(([key]) => `changed ${key}`),
  ];
}

function contentHash(object: ListedObject): string {
  const { managedFields: _, resourceVersion: __, ...metadata } = object.metadata as Record<string, unknown>;
  return createHash("sha256")
    .update(JSON.stringify({ ...object, metadata }))
    .digest("hex");
}
