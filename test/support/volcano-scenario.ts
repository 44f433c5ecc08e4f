/** Gangs of teams under Volcano: submits them, ends them, and says in words what each does. */
import type { V1Pod } from "@kubernetes/client-node";
import { simulationAnnotations } from "../../components/catalogue/labels.ts";
import { type Gang, volcanoGangJob } from "./gangs.ts";
import { eventually, type TestPlatform } from "./platform.ts";
import type { TeamClient } from "./team-client.ts";

interface VolcanoJob {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly status?: { readonly state?: { readonly phase?: string }; readonly retryCount?: number };
}

const jobs = (team: string) => `/apis/batch.volcano.sh/v1alpha1/namespaces/${team}/jobs`;

export class VolcanoScenario {
  private readonly platform: TestPlatform;
  private readonly members: ReadonlyMap<string, TeamClient>;
  private readonly pool: string;

  constructor(platform: TestPlatform, members: ReadonlyMap<string, TeamClient>, pool: string) {
    this.platform = platform;
    this.members = members;
    this.pool = pool;
  }

  /** With the credentials of the team; the job's name is unique within the team. */
  async submit(team: string, name: string, gang: Partial<Gang> = {}): Promise<void> {
    const manifest = volcanoGangJob({ nodes: 1, ...gang, pool: this.pool, team, name });
    await this.members.get(team)?.must("POST", jobs(team), manifest);
  }

  /** Lets all pods of a running gang succeed, as their programs would. */
  async finish(team: string, name: string): Promise<void> {
    const annotations = { [simulationAnnotations.finishAfter]: "1ms" };
    for (const pod of await this.podsOf(team, name)) {
      const path = `/api/v1/namespaces/${team}/pods/${pod.metadata?.name}`;
      await this.platform.api.mergePatch(path, { metadata: { annotations } });
    }
  }

  /** The nodes that a gang runs on, in order of their names; none while any pod has none. */
  async nodesOf(team: string, name: string): Promise<string[]> {
    const pods = await this.podsOf(team, name);
    const nodes = pods.flatMap(({ spec }) => spec?.nodeName ?? []);
    return pods.length === nodes.length ? nodes.sort() : [];
  }

  /** Waits until a gang runs as a whole, and gives its nodes. */
  async running(team: string, name: string, nodes = 1): Promise<string[]> {
    return eventually(
      async () => ((await this.phaseOf(team, name)) === "Running" ? this.nodesOf(team, name) : []),
      (found) => found.length === nodes,
      90_000,
    );
  }

  /** What a gang that does not run holds of nodes; stays so for a while. */
  async waits(team: string, name: string, forMs = 4_000): Promise<void> {
    const until = Date.now() + forMs;
    await eventually(
      async () => (await this.podsOf(team, name)).filter(({ spec }) => spec?.nodeName).length,
      (bound) => {
        if (bound > 0) throw new Error(`${team}/${name} holds ${bound} nodes while it waits`);
        return Date.now() > until;
      },
      forMs + 30_000,
    );
  }

  /** Waits until a gang that lost pods holds no node any more. */
  async givesWay(team: string, name: string): Promise<void> {
    const held = async () => (await this.podsOf(team, name)).filter(({ spec }) => spec?.nodeName).length;
    await eventually(held, (bound) => bound === 0, 90_000);
    await this.waits(team, name);
  }

  /** With the credentials of the team. */
  async remove(team: string, name: string): Promise<void> {
    await this.members.get(team)?.must("DELETE", `${jobs(team)}/${name}`);
  }

  phase(team: string, name: string, wanted: string): Promise<string> {
    return eventually(
      () => this.phaseOf(team, name),
      (phase) => phase === wanted,
      90_000,
    );
  }

  async podsOf(team: string, name: string): Promise<V1Pod[]> {
    const selector = encodeURIComponent(`volcano.sh/job-name=${name}`);
    const path = `/api/v1/namespaces/${team}/pods?labelSelector=${selector}`;
    const pods = await this.platform.api.list<V1Pod>(path);
    return pods.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  }

  private async phaseOf(team: string, name: string): Promise<string> {
    const job = await this.platform.api.get<VolcanoJob>(`${jobs(team)}/${name}`);
    return job.status?.state?.phase ?? "";
  }
}
