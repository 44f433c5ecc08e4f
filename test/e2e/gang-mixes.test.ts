/** Random mixes of gangs under each queueing system, and under none: all or nothing, and never a deadlock. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BackendName } from "../../components/scheduling/backend.ts";
import { GangMix, gangMixes } from "../support/gang-mix.ts";
import { accelerator, acceleratorsPerNode } from "../support/gangs.ts";
import { TestPlatform } from "../support/platform.ts";

const lanes = ["one", "two", "three", "four", "five"];
const mixesPerLane = 10;
const nodes = 4;
/** A gang may hold a part of itself for no longer than this; the shortest limit that a stack can state. */
const timeoutMs = 10_000;
const team = "research";

describe.each(["kueue", "volcano"] as const)("%s", (backend) => {
  const platform = new TestPlatform();
  beforeAll(() => bringUp(platform, backend));
  afterAll(() => platform.remove());

  test("50 mixes: every gang runs whole and ends, and none is half-held beyond its limit", async () => {
    const played = await playLanes(platform, team, backend);
    expect(played.length).toBe(50);
    const gangs = played.reduce((sum, { submitted }) => sum + submitted, 0);
    expect(gangs).toBeGreaterThan(200);
    expect(played.reduce((sum, { ended }) => sum + ended, 0)).toBe(gangs);
    const halves = played.map(({ longestHalfMs }) => longestHalfMs);
    expect(halves.filter((ms) => ms > timeoutMs)).toEqual([]);
  });
});

describe("without gangs", () => {
  const platform = new TestPlatform();
  beforeAll(() => bringUp(platform, "kueue"));
  afterAll(() => platform.remove());

  test("the same mixes deadlock", async () => {
    await platform.api.create("/api/v1/namespaces", { metadata: { name: "control" } });
    await platform.api.create("/api/v1/namespaces/control/serviceaccounts", {
      metadata: { name: "workload" },
    });
    const played = await playLanes(platform, "control", "none");
    const deadlocks = played.filter(({ submitted, ended }) => ended < submitted);
    expect(deadlocks.length).toBeGreaterThan(10);
  });
});

/** The mixes of all lanes at once, each lane on a pool of its own. */
async function playLanes(platform: TestPlatform, namespace: string, system: BackendName | "none") {
  const results = await Promise.all(
    lanes.map(async (pool, lane) => {
      const mix = new GangMix(platform.api, namespace, pool, system);
      const played = [];
      for (const gangs of gangMixes(lane, mixesPerLane, nodes)) played.push(await mix.play(gangs));
      await mix.close();
      return played;
    }),
  );
  return results.flat();
}

async function bringUp(platform: TestPlatform, backend: BackendName): Promise<void> {
  const stack = platform.stackFile({
    environment: "local",
    pools: lanes.map((name) => ({ name, accelerator, nodes, acceleratorsPerNode })),
    queueing: {
      backend,
      cohorts: ["platform"],
      ...(backend === "kueue" ? { podsReady: { timeoutSeconds: timeoutMs / 1000 } } : {}),
    },
    teams: [
      {
        name: team,
        costCenter: "cc-1",
        cohort: "platform",
        quotas: lanes.map((pool) => ({ pool, accelerators: nodes * acceleratorsPerNode })),
      },
    ],
  });
  await platform.must("up", "--stack-file", stack, "--json");
}
