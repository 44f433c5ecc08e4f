/** Jobs of teams in one pool: submits them, ends them, and says in words what each does. */
import { setTimeout as sleep } from "node:timers/promises";
import type { V1Pod } from "@kubernetes/client-node";
import type { z } from "zod";
import { simulationAnnotations } from "../../components/catalogue/labels.ts";
import { answeredAlike } from "../../embedded/status/alike-workloads.ts";
import type { LocalQueue, Workload } from "../../embedded/status/kueue-objects.ts";
import type { teamEntry } from "../../stacks/entries.ts";
import { type Gang, gangJob } from "./gangs.ts";
import { eventually, type TestPlatform } from "./platform.ts";
import type { TeamClient } from "./team-client.ts";

export type Quota = Omit<z.input<typeof teamEntry>["quotas"][number], "pool">;

/** A job of a team; unsaid, it is one whole node at normal priority. */
export interface Submission extends Partial<Gang> {
  readonly team: string;
  readonly name: string;
}

/** The tick of timestamps in Kubernetes; what happens within one has no order for Kueue. */
const tickMs = 1000;
/**
 * From the annotation to the end of a job's pods. The controller of Jobs looks a second after the first
 * change of a pod (SyncJobBatchPeriod in pkg/controller/job/job_controller.go of Kubernetes 1.36), and the
 * annotation is such a change: of pods that end just then it finds some, and the others a second later. Two
 * seconds are also more than Kueue takes until it looks again at what waits after the step before
 * (requeueBatchPeriod in pkg/cache/queue/inadmissible_workloads.go of 0.19.2).
 */
const finishMs = 2 * tickMs;

/** Of a job about which Kueue has not said anything. */
export const unseen = "not seen by Kueue";

export class Scenario {
  private readonly platform: TestPlatform;
  private readonly members: ReadonlyMap<string, TeamClient>;
  private readonly pool: string;
  private readonly submitted: Submission[] = [];

  constructor(platform: TestPlatform, members: ReadonlyMap<string, TeamClient>, pool: string) {
    this.platform = platform;
    this.members = members;
    this.pool = pool;
  }

  /** With the credentials of the job's team; a tick later than the job before it had its answer. */
  async submit(job: Submission): Promise<void> {
    await sleep(tickMs - (Date.now() % tickMs));
    const manifest = gangJob({ pool: this.pool, nodes: 1, ...job, name: this.objectName(job.name) });
    await this.members.get(job.team)?.must("POST", `/apis/batch/v1/namespaces/${job.team}/jobs`, manifest);
    this.submitted.push(job);
    await eventually(() => this.stateOf(job.team, manifest.metadata.name), isDecided);
  }

  /**
   * Lets the pods of a running job succeed, as their programs would, and all at one moment: Kueue takes back
   * the quota of each pod that ends, and would give that of the first to a job that is too small for all.
   */
  async finish(name: string): Promise<void> {
    const job = this.submitted.find((candidate) => candidate.name === name);
    if (!job) throw new Error(`no job ${name} was submitted`);
    const pods = await eventually(
      () => this.podsOf(job.team, this.objectName(name)),
      (found) => found.length === (job.nodes ?? 1),
    );
    const annotations = {
      [simulationAnnotations.finishAfter]: new Date(Date.now() + finishMs).toISOString(),
    };
    const finishPod = ({ metadata }: V1Pod) =>
      this.platform.api.mergePatch(`/api/v1/namespaces/${job.team}/pods/${metadata?.name}`, {
        metadata: { annotations },
      });
    await Promise.all(pods.map(finishPod));
  }

  /** By job: the nodes that it runs on, or why it waits. */
  async states(): Promise<Record<string, string>> {
    const entries = this.submitted.map(async ({ team, name }) => [
      name,
      await this.stateOf(team, this.objectName(name)),
    ]);
    return Object.fromEntries(await Promise.all(entries));
  }

  /** The same of any Job. */
  async stateOf(team: string, name: string): Promise<string> {
    const kueue = `/apis/kueue.x-k8s.io/v1beta2/namespaces/${team}`;
    const [workloads, queues, pods] = await Promise.all([
      this.platform.api.list<Workload>(`${kueue}/workloads`),
      this.platform.api.list<LocalQueue>(`${kueue}/localqueues`),
      this.podsOf(team, name),
    ]);
    const isOwned = ({ metadata }: Workload) =>
      metadata.ownerReferences?.some((owner) => owner.name === name);
    const workload = workloads.find(isOwned);
    const alike = workload && answeredAlike(workload, workloads, queues)?.answer.message;
    return describe(workload, pods, alike);
  }

  private podsOf(team: string, name: string): Promise<V1Pod[]> {
    const selector = encodeURIComponent(`batch.kubernetes.io/job-name=${name}`);
    return this.platform.api.list<V1Pod>(`/api/v1/namespaces/${team}/pods?labelSelector=${selector}`);
  }

  private objectName(name: string): string {
    return `${this.pool}-${name}`;
  }
}

/** Kueue answers once for all that are alike. */
function describe(workload: Workload | undefined, pods: readonly V1Pod[], alike: string | undefined): string {
  const condition = (type: string) => workload?.status?.conditions?.find((item) => item.type === type);
  if (condition("Finished")?.status === "True") return "finished";
  const live = pods.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  if (condition("Admitted")?.status === "True") {
    const nodes = live.map(({ spec }) => spec?.nodeName ?? "no node").sort();
    return `runs on ${nodes.join(", ")}`;
  }
  const preempted = condition("Preempted");
  const lost = preempted?.status === "True" ? `preempted (${preempted.reason}); ` : "";
  const held = live.length > 0 ? `holds ${live.length} pods; ` : "";
  return `${lost}${held}${reason(condition("QuotaReserved")?.message ?? alike ?? unseen)}`;
}

/** Admitted or refused, and nobody is still being moved away for it. */
function isDecided(state: string): boolean {
  return state !== unseen && !state.includes("preemption");
}

/** Kueue has one clause for each resource that is short; that of the accelerators tells the story. */
function reason(message: string): string {
  const clauses = message.split(/: |, (?=insufficient)/);
  return clauses.find((clause) => clause.includes("nvidia.com/gpu")) ?? message;
}
