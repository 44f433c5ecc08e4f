/** Gangs of two whole nodes on a watched pool: where they run, in which start, and what is said of nodes. */
import type { CoreV1Event, V1Node, V1Pod } from "@kubernetes/client-node";
import type { KubeApi } from "../../embedded/cluster/kube-api.ts";
import { GangWatch, removeJob } from "./gang-watch.ts";
import { acceleratorsPerNode, gangJob } from "./gangs.ts";
import { cured, doubtful, marksOf, offTheBus, report, setReady } from "./node-faults.ts";
import { eventually } from "./platform.ts";

/** A busy machine: nothing here takes as long. */
const patienceMs = 60_000;
const gangNodes = 2;

export class HealthScenario {
  /** Jobs that had pods of two starts at once, which no gang may have. */
  readonly mixtures: string[] = [];
  private readonly api: KubeApi;
  private readonly team: string;
  private readonly watch: GangWatch;
  /** The pods of each start of a job, in order. */
  private readonly starts = new Map<string, Set<string>[]>();

  constructor(api: KubeApi, team: string) {
    this.api = api;
    this.team = team;
    this.watch = new GangWatch(api, team, () => {
      for (const [job, starts] of this.starts) this.note(job, starts);
    });
  }

  /** Submits a gang and returns its nodes once it runs. */
  async start(job: string): Promise<string[]> {
    await this.submit(job);
    return this.nodesOf(job);
  }

  async submit(job: string): Promise<void> {
    this.starts.set(job, []);
    const manifest = gangJob({ name: job, team: this.team, pool: "h100", nodes: gangNodes });
    await this.api.create(`/apis/batch/v1/namespaces/${this.team}/jobs`, manifest);
  }

  /** Nodes of a gang once all of it runs, apart from pods of an earlier start. */
  async nodesOf(job: string, earlier: readonly string[] = []): Promise<string[]> {
    const pods = await eventually(
      () => this.podsOf(job),
      (found) =>
        found.length === gangNodes &&
        found.every(({ status, metadata }) => status?.phase === "Running" && !metadata?.deletionTimestamp) &&
        found.every(({ metadata }) => !earlier.includes(metadata?.uid ?? "")),
      patienceMs,
    );
    return pods.map(({ spec }) => spec?.nodeName ?? "").sort();
  }

  podsOf(job: string): Promise<V1Pod[]> {
    const selector = encodeURIComponent(`batch.kubernetes.io/job-name=${job}`);
    return this.api.list<V1Pod>(`/api/v1/namespaces/${this.team}/pods?labelSelector=${selector}`);
  }

  async uidsOf(job: string): Promise<string[]> {
    return (await this.podsOf(job)).map(({ metadata }) => metadata?.uid ?? "").sort();
  }

  /** How many pods each start of a job had. */
  startsOf(job: string): number[] {
    return (this.starts.get(job) ?? []).map((uids) => uids.size);
  }

  /** Whole nodes that Kueue counts as used in the team's queue, once it has settled on `want`. */
  async settlesOn(want: number): Promise<void> {
    type Queue = { status: { flavorsUsage: { resources: { name: string; total: string }[] }[] } };
    const path = `/apis/kueue.x-k8s.io/v1beta2/clusterqueues/${this.team}-h100`;
    await eventually(
      async () => {
        const { status } = await this.api.get<Queue>(path);
        const rows = status.flavorsUsage.flatMap(({ resources }) => resources);
        return Number(rows.find(({ name }) => name === "nvidia.com/gpu")?.total) / acceleratorsPerNode;
      },
      (used) => used === want,
    );
  }

  node(name: string): Promise<V1Node> {
    return this.api.get<V1Node>(`/api/v1/nodes/${name}`);
  }

  nodes(): Promise<V1Node[]> {
    return this.api.list<V1Node>("/api/v1/nodes?labelSelector=plinth.dev%2Fpool%3Dh100");
  }

  /** What the controller has put on a node, once its taints are these. */
  async marked(node: string, ...taints: string[]) {
    return eventually(
      async () => marksOf(await this.node(node)),
      (marks) => marks.taints.join() === taints.join(),
      patienceMs,
    );
  }

  /** Reasons of the controller's events of a node, in order, since those that a test has already seen. */
  async told(node: string, seen = 0): Promise<string[]> {
    const events = await this.api.list<CoreV1Event>("/api/v1/namespaces/default/events");
    const isOwn = ({ source, involvedObject }: CoreV1Event) =>
      source?.component === "plinth-node-health" && involvedObject.name === node;
    return events
      .filter(isOwn)
      .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
      .map(({ reason }) => reason ?? "")
      .slice(seen);
  }

  /** Ends every gang and makes every node well, and waits until nothing is left of either. */
  async clear(): Promise<void> {
    for (const job of this.starts.keys()) await removeJob(this.api, this.team, job);
    this.starts.clear();
    for (const { metadata, status } of await this.nodes()) {
      const name = metadata?.name ?? "";
      await setReady(this.api, name, true);
      const types = status?.conditions?.map(({ type }) => type) ?? [];
      for (const condition of [offTheBus, doubtful]) {
        if (types.includes(condition.type)) await report(this.api, name, cured(condition));
      }
    }
    await eventually(
      async () => {
        const pods = await this.api.list(`/api/v1/namespaces/${this.team}/pods`);
        const marks = (await this.nodes()).map(marksOf);
        return { pods: pods.length, ill: marks.filter((mark) => mark.isCordoned || mark.taints.length > 0) };
      },
      ({ pods, ill }) => pods === 0 && ill.length === 0,
      patienceMs,
    );
  }

  async close(): Promise<void> {
    await this.watch.close();
  }

  /** Pods of one start are gone before the first of the next comes. */
  private note(job: string, starts: Set<string>[]): void {
    const live = this.watch.podsOf(job).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const uids = live.map(({ metadata }) => metadata.uid ?? "");
    if (uids.length > 0 && !uids.some((uid) => starts.at(-1)?.has(uid))) starts.push(new Set());
    const latest = starts.at(-1);
    for (const uid of uids) if (latest && latest.size < gangNodes) latest.add(uid);
    if (uids.some((uid) => !latest?.has(uid)))
      this.mixtures.push(`${job}: ${live.length} pods of two starts`);
  }
}
