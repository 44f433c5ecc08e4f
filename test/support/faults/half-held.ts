/** How long any gang held only a part of what it needs, and whether one ever held more. */
import type { KubeApi } from "../../../embedded/cluster/kube-api.ts";
import { GangWatch } from "../gang-watch.ts";

export class HalfHeld {
  /** The longest time, in seconds. */
  longestSeconds = 0;
  /** Gangs that once had more pods than they have members. */
  readonly doubled: string[] = [];
  private readonly sizes: ReadonlyMap<string, number>;
  private readonly since = new Map<string, number>();
  private readonly watch: GangWatch;

  /** `sizes` may grow: it has the members of each gang of the team by job. */
  constructor(api: KubeApi, team: string, sizes: ReadonlyMap<string, number>) {
    this.sizes = sizes;
    this.watch = new GangWatch(api, team, () => this.look());
  }

  async close(): Promise<void> {
    this.look();
    await this.watch.close();
  }

  private look(): void {
    const now = Date.now();
    for (const [job, size] of this.sizes) {
      // A pod that has done its work is a member that needs nothing more.
      const held = this.watch
        .podsOf(job)
        .filter(
          ({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase !== "Failed",
        )
        .filter(({ spec }) => spec?.nodeName !== undefined).length;
      if (held > size) this.doubled.push(`${job}: ${held} of ${size}`);
      if (held === 0 || held >= size) this.end(job, now);
      else if (!this.since.has(job)) this.since.set(job, now);
    }
  }

  private end(job: string, now: number): void {
    const seconds = (now - (this.since.get(job) ?? now)) / 1000;
    this.longestSeconds = Math.max(this.longestSeconds, seconds);
    this.since.delete(job);
  }
}
