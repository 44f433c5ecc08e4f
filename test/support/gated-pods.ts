/** Pods that exist and wait behind the queue's gate, beside gangs of the same namespace. */
import type { V1Pod } from "@kubernetes/client-node";
import type { KubeApi } from "../../embedded/cluster/kube-api.ts";
import { GangWatch, removeJob } from "./gang-watch.ts";
import { gangJob } from "./gangs.ts";
import { makeJob } from "./job-kinds.ts";
import { eventually, lastAnswer, type TestPlatform } from "./platform.ts";
import { TeamClient } from "./team-client.ts";
import { workloadsOf } from "./workload-conditions.ts";

/** A team that has nothing but this pool, of one node more than its quota. */
export const gatedAt = { team: "vision", pool: "gated" };

const namespace = gatedAt.team;
const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;

/** As much as the quota, and waits behind every gang. */
export const gatedJob = makeJob("leaderworkerset", { ...gatedAt, name: "gated-lws", priority: "low" });

export class GatedPods {
  private readonly api: KubeApi;
  private readonly member: TeamClient;

  /** Before the others come, a gang takes the quota. */
  static async behind(platform: TestPlatform, first: string): Promise<GatedPods> {
    const gated = new GatedPods(platform.api, await TeamClient.of(platform, namespace, "member"));
    await gated.submit(first);
    return gated;
  }

  private constructor(api: KubeApi, member: TeamClient) {
    this.api = api;
    this.member = member;
  }

  close(): void {
    this.member.close();
  }

  /**
   * What each job's pods do while the first gang runs, once the next has its place, and after that was made
   * larger than the quota; and how many pods of it ever had a node at once.
   */
  async beside(first: string, next: string, patienceMs: number) {
    let most = 0;
    const watch = new GangWatch(this.api, namespace, () => {
      most = Math.max(most, watch.boundOf(next));
    });
    const settled = (want: Readonly<Record<string, readonly string[]>>) =>
      lastAnswer(() => this.states(), want, patienceMs);
    const both = ["placed", "placed"];
    const waits = { "gated-lws": ["gated", "gated"] };

    const before = await settled({ [first]: both, ...waits });
    await this.submit(next);
    const queued = () => workloadsOf(this.api, namespace, next);
    await eventually(queued, (workloads) => workloads.length === 1, patienceMs);
    await removeJob(this.api, namespace, first);
    const after = await settled({ [next]: both, ...waits });
    await this.member.must("PATCH", `${jobs}/${next}`, { spec: { parallelism: 3, completions: 3 } });
    const grown = await settled({ "gated-lws": both });
    await watch.close();
    return { before, after, grown, most };
  }

  /** As much as the quota. */
  private submit(name: string): Promise<unknown> {
    return this.member.must("POST", jobs, gangJob({ ...gatedAt, name, nodes: 2, priority: "high" }));
  }

  /** By job, what each of its pods does. */
  private async states(): Promise<Record<string, string[]>> {
    const found: Record<string, string[]> = {};
    for (const pod of await this.api.list<V1Pod>(`/api/v1/namespaces/${namespace}/pods`)) {
      const labels = pod.metadata?.labels ?? {};
      const job = labels["batch.kubernetes.io/job-name"] ?? labels["leaderworkerset.sigs.k8s.io/name"] ?? "";
      found[job] = [...(found[job] ?? []), stateOf(pod)];
    }
    return found;
  }
}

function stateOf({ metadata, spec }: V1Pod): string {
  if (metadata?.deletionTimestamp) return "leaves";
  if (spec?.nodeName) return "placed";
  return spec?.schedulingGates ? "gated" : "has no node";
}

/** A pod for a queue that is not there. */
export const gatedPod = {
  metadata: { name: "gated", labels: { "kueue.x-k8s.io/queue-name": "missing" } },
  spec: {
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
    schedulingGates: [{ name: "kueue.x-k8s.io/admission" }],
    containers: [
      {
        name: "main",
        image: "registry.k8s.io/pause:3.10",
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      },
    ],
  },
};
