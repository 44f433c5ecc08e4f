/**
 * Plays the storage of a cloud for simulated nodes: a claim gets a disk in the pool of the node that was
 * chosen for its pod, and a disk whose claim is gone goes too. Nothing is stored: the pods run no program.
 */
import { platformLabels, simulatedDisks } from "../../components/catalogue/labels.ts";
import { type KubeApi, KubeApiError, type KubeObject } from "./kube-api.ts";

interface Claim extends KubeObject {
  readonly spec: {
    readonly storageClassName?: string;
    readonly accessModes?: readonly string[];
    readonly resources?: { readonly requests?: { readonly storage?: string } };
    readonly volumeName?: string;
  };
}

interface Disk extends KubeObject {
  readonly spec: { readonly storageClassName?: string };
  readonly status?: { readonly phase?: string };
}

/** Set by the scheduler on a claim that waits for its pod's node. */
const selectedNode = "volume.kubernetes.io/selected-node";
const disksPath = "/api/v1/persistentvolumes";

export class SimulatedDisks {
  private readonly api: KubeApi;
  private readonly stopping = new AbortController();
  private work: Promise<unknown> = Promise.resolve();

  constructor(api: KubeApi) {
    this.api = api;
  }

  start(): void {
    const { signal } = this.stopping;
    const claims = this.api.watch<Claim>(
      "/api/v1/persistentvolumeclaims",
      "",
      {
        onList: (list) => list.forEach((claim) => void this.provide(claim)),
        onEvent: ({ type, object }) => type !== "DELETED" && void this.provide(object),
      },
      signal,
    );
    const disks = this.api.watch<Disk>(
      disksPath,
      "",
      {
        onList: (list) => list.forEach((disk) => void this.reclaim(disk)),
        onEvent: ({ type, object }) => type !== "DELETED" && void this.reclaim(object),
      },
      signal,
    );
    this.work = Promise.all([claims, disks]);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.work.catch(() => undefined);
  }

  private async provide(claim: Claim): Promise<void> {
    const node = claim.metadata?.annotations?.[selectedNode];
    const { storageClassName, volumeName } = claim.spec;
    if (storageClassName !== simulatedDisks.storageClass || !node || volumeName) return;
    await this.api
      .get<KubeObject>(`/api/v1/nodes/${node}`)
      .then((found) => this.api.create(disksPath, diskFor(claim, found.metadata?.labels ?? {})))
      .catch((error) => this.report(`a disk for ${claim.metadata?.name}`, error));
  }

  private async reclaim({ metadata, spec, status }: Disk): Promise<void> {
    if (spec.storageClassName !== simulatedDisks.storageClass || status?.phase !== "Released") return;
    if (metadata?.deletionTimestamp) return;
    await this.api
      .remove(`${disksPath}/${metadata?.name}`)
      .catch((error) => this.report(`removal of ${metadata?.name}`, error));
  }

  /** A claim may change several times before it is bound: then its disk is there already. */
  private report(what: string, error: Error): void {
    if (error instanceof KubeApiError && error.reason === "AlreadyExists") return;
    process.stderr.write(`${new Date().toISOString()} simulated disks: ${what}: ${error.message}\n`);
  }
}

/** The disk of a claim: any node of the chosen node's pool reaches it, and no other. */
export function diskFor({ metadata, spec }: Claim, nodeLabels: Readonly<Record<string, string>>) {
  const key = platformLabels.pool;
  const { namespace, name, uid } = metadata ?? {};
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: {
      name: `disk-${uid}`,
      annotations: { "pv.kubernetes.io/provisioned-by": simulatedDisks.provisioner },
    },
    spec: {
      storageClassName: simulatedDisks.storageClass,
      accessModes: spec.accessModes,
      capacity: { storage: spec.resources?.requests?.storage },
      persistentVolumeReclaimPolicy: "Delete",
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid },
      // Of all kinds, the one that nothing tries to attach.
      hostPath: { path: `/disks/${uid}` },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key, operator: "In", values: [nodeLabels[key] ?? ""] }] },
          ],
        },
      },
    },
  };
}
