/** A platform with gangs that faults are put into: what must be there, what is out, how it is mended. */

import { setTimeout as sleep } from "node:timers/promises";
import type { V1Node, V1Pod } from "@kubernetes/client-node";
import { platformLabels, simulationAnnotations } from "../../../components/catalogue/labels.ts";
import type { KubeApi } from "../../../embedded/cluster/kube-api.ts";
import { removeJob } from "../gang-watch.ts";
import { gangJob } from "../gangs.ts";
import { eventually, type TestPlatform } from "../platform.ts";
import { HalfHeld } from "./half-held.ts";
import { violations } from "./invariants.ts";
import { takeSnapshot } from "./snapshot.ts";

export interface GangSpec {
  readonly team: string;
  /** Name of the LocalQueue. */
  readonly queue: string;
  readonly nodes: number;
}

export interface Gang extends GangSpec {
  readonly name: string;
  /** Whether a pod of it was killed: Kubernetes makes each further one wait longer. */
  wasHit: boolean;
}

/** More than anything needs to come to rest; a gang that is half-held for longer fails the test. */
export const restMs = 60_000;

/** A look is six lists, and the machine has other work. */
const lookMs = 300;

export class ProvingGround {
  readonly platform: TestPlatform;
  readonly teams: readonly string[];
  /** Gangs that must be there, in order of submission. */
  gangs: Gang[] = [];
  /** Nodes on which nothing may run now. */
  readonly out = new Set<string>();
  readonly halfHeld: HalfHeld[];
  /** What has to be undone before the next faults. */
  private repairs: (() => Promise<unknown>)[] = [];
  private readonly sizes: Map<string, Map<string, number>>;
  private submissions = 0;

  constructor(platform: TestPlatform, teams: readonly string[]) {
    this.platform = platform;
    this.teams = teams;
    this.sizes = new Map(teams.map((team) => [team, new Map()]));
    this.halfHeld = [...this.sizes].map(([team, sizes]) => new HalfHeld(platform.api, team, sizes));
  }

  get api(): KubeApi {
    return this.platform.api;
  }

  async submit(spec: GangSpec): Promise<void> {
    const name = `gang-${this.submissions}`;
    this.submissions += 1;
    this.sizes.get(spec.team)?.set(name, spec.nodes);
    const { spec: job, ...manifest } = gangJob({
      name,
      team: spec.team,
      pool: spec.queue,
      nodes: spec.nodes,
    });
    const body = { ...manifest, spec: { ...job, backoffLimit: 1000 } };
    const path = `/apis/batch/v1/namespaces/${spec.team}/jobs`;
    // Kueue's webhook may be restarting, and refuses meanwhile.
    await this.insist(() => this.api.create(path, body));
    this.gangs.push({ ...spec, name, wasHit: false });
  }

  async remove(gang: Gang): Promise<void> {
    this.gangs = this.gangs.filter((other) => other !== gang);
    await removeJob(this.api, gang.team, gang.name);
  }

  /** Gangs all of whose pods run. */
  async running(): Promise<{ gang: Gang; pods: V1Pod[] }[]> {
    const all = await Promise.all(
      this.teams.map((team) => this.api.list<V1Pod>(`/api/v1/namespaces/${team}/pods`)),
    );
    return this.gangs.flatMap((gang) => {
      const pods = all.flat().filter((pod) => jobOf(pod) === gang.name && pod.status?.phase === "Running");
      return pods.length === gang.nodes ? [{ gang, pods }] : [];
    });
  }

  /** Nodes of the pool that have no fault, by name. */
  async wellNodes(): Promise<V1Node[]> {
    const nodes = await this.api.list<V1Node>("/api/v1/nodes?labelSelector=plinth.dev%2Fpool%3Dh100");
    const isWell = ({ metadata, spec }: V1Node) =>
      !this.out.has(metadata?.name ?? "") &&
      !spec?.taints?.some(({ key }) => key === platformLabels.unhealthy);
    return nodes.filter(isWell);
  }

  /** To be done before the next faults. */
  later(repair: () => Promise<unknown>): void {
    this.repairs.push(repair);
  }

  /** Whether a job of this queue has no quota. */
  async hasWaiting(team: string, queue: string): Promise<boolean> {
    type Workload = { spec: { queueName?: string }; status?: { admission?: object | null } };
    const path = `/apis/kueue.x-k8s.io/v1beta2/namespaces/${team}/workloads`;
    const workloads = await this.api.list<Workload>(path);
    return workloads.some(({ spec, status }) => spec.queueName === queue && !status?.admission);
  }

  /** Waits until every invariant holds at one moment. */
  async rest(): Promise<void> {
    const look = async () => {
      await sleep(lookMs);
      const expected = { jobs: this.gangs.map(({ name }) => name), out: [...this.out] };
      const snapshot = await takeSnapshot(this.api, this.teams).catch((error: Error) => error.message);
      return typeof snapshot === "string" ? [snapshot] : violations(snapshot, expected);
    };
    await eventually(look, (found) => found.length === 0, restMs);
  }

  /** Undoes what the last faults left, and waits until every node takes work again. */
  async mend(): Promise<void> {
    for (const repair of this.repairs) await this.insist(repair);
    this.repairs = [];
    this.out.clear();
    const look = async () => {
      const nodes = await this.api.list<V1Node>("/api/v1/nodes?labelSelector=plinth.dev%2Fpool%3Dh100");
      return nodes.flatMap(ills);
    };
    const orError = (error: Error) => [error.message];
    await eventually(
      () => look().catch(orError),
      (found) => found.length === 0,
      restMs,
    );
  }

  /** Lets the programs of gangs succeed, and returns once their jobs are complete. */
  async finish(gangs: readonly Gang[]): Promise<void> {
    const annotations = { [simulationAnnotations.finishAfter]: "1ms" };
    for (const gang of gangs) {
      const selector = encodeURIComponent(`batch.kubernetes.io/job-name=${gang.name}`);
      const path = `/api/v1/namespaces/${gang.team}/pods`;
      const isComplete = async () => {
        const job = `/apis/batch/v1/namespaces/${gang.team}/jobs/${gang.name}`;
        const { status } = await this.api.get<{ status?: { conditions?: { type: string }[] } }>(job);
        if (status?.conditions?.some(({ type }) => type === "Complete")) return true;
        for (const { metadata } of await this.api.list<V1Pod>(`${path}?labelSelector=${selector}`)) {
          await this.api.mergePatch(`${path}/${metadata?.name}`, { metadata: { annotations } });
        }
        return false;
      };
      await eventually(() => isComplete().catch(() => false), Boolean, restMs);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.halfHeld.map((watch) => watch.close()));
  }

  private async insist(act: () => Promise<unknown>): Promise<void> {
    let last = "";
    const attempt = () =>
      act().then(
        () => true,
        (error: Error) => {
          last = error.message;
          return false;
        },
      );
    await eventually(attempt, Boolean, restMs).catch(() => {
      throw new Error(`refused for too long: ${last}`);
    });
  }
}

function jobOf({ metadata }: V1Pod): string | undefined {
  return metadata?.labels?.["batch.kubernetes.io/job-name"];
}

/** What keeps a node from taking work: all but the taint of its pool. */
function ills({ metadata, spec, status }: V1Node): string[] {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const found = [
    ...(ready?.status === "True" ? [] : [`Ready ${ready?.status}: ${ready?.reason}`]),
    ...(spec?.unschedulable ? ["cordoned"] : []),
    ...(spec?.taints ?? []).flatMap(({ key, value }) =>
      key === "nvidia.com/gpu" ? [] : [`${key}=${value}`],
    ),
  ];
  return found.map((ill) => `${metadata?.name} ${ill}`);
}
