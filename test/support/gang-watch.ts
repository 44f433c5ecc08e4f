/** Follows the pods of a namespace by a watch and knows at every moment how much each gang holds. */
import type { V1Pod } from "@kubernetes/client-node";
import type { KubeApi } from "../../embedded/cluster/kube-api.ts";

export type Pod = V1Pod & { metadata: { name: string } };

export class GangWatch {
  /** Changes of pods seen so far. */
  changes = 0;
  private readonly pods = new Map<string, Pod>();
  private readonly stop = new AbortController();
  private readonly finished: Promise<void>;

  /** `onChange` is called after each list and each single change, in the order of the API server. */
  constructor(api: KubeApi, namespace: string, onChange: () => void) {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const handlers = {
      onList: (pods: Pod[]) => {
        this.pods.clear();
        for (const pod of pods) this.pods.set(pod.metadata.name, pod);
        onChange();
      },
      onEvent: ({ type, object }: { type: string; object: Pod }) => {
        if (type === "DELETED") this.pods.delete(object.metadata.name);
        else this.pods.set(object.metadata.name, object);
        this.changes += 1;
        onChange();
      },
    };
    this.finished = api.watch<Pod>(path, "", handlers, this.stop.signal);
  }

  /** All pods, deleted ones that are still there included. */
  get all(): Pod[] {
    return [...this.pods.values()];
  }

  /** Those of a job. */
  podsOf(job: string): Pod[] {
    return this.all.filter(({ metadata: { labels } }) => jobLabels.some((label) => labels?.[label] === job));
  }

  /** Pods of a job that have a node. */
  boundOf(job: string): number {
    return this.podsOf(job).filter(({ spec }) => spec?.nodeName !== undefined).length;
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.finished;
  }
}

/** Where pods say whose they are: those of plain Jobs, and those of Volcano's. */
const jobLabels = ["batch.kubernetes.io/job-name", "volcano.sh/job-name"];

/** Whether the scheduler has decided about a pod: it has a node, or there is none for it. */
export function isDecided(pod: Pod): boolean {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  return pod.spec?.nodeName !== undefined || scheduled?.reason === "Unschedulable";
}

/** Deletes a Job and its pods. */
export function removeJob(api: KubeApi, namespace: string, name: string): Promise<void> {
  const body = { propagationPolicy: "Background", gracePeriodSeconds: 0 };
  return api.remove(`/apis/batch/v1/namespaces/${namespace}/jobs/${name}`, body);
}
