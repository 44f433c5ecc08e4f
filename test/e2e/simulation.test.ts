import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accelerator, acceleratorsPerNode } from "../support/gangs.ts";
import { eventually, TestPlatform } from "../support/platform.ts";
import { type RandomMix, randomMix } from "../support/random-mixes.ts";
import { Scenario } from "../support/scenario.ts";
import { wantedStates } from "../support/simulated-scenario.ts";
import { TeamClient } from "../support/team-client.ts";

/**
 * The simulation of queues against the real Kueue and the real scheduler: random mixes of gangs, priorities,
 * quotas and limits. After each step every job must do what the simulation says, on the same nodes.
 */
const platform = new TestPlatform();
const members = new Map<string, TeamClient>();
const weights: Readonly<Record<string, number>> = { red: 1, blue: 1, gold: 2 };
const seeds = Array.from({ length: 5 }, (_, index) => index + 1);
/**
 * With fair sharing the third is left out: two jobs of it wait for the same quota, and whichever Kueue wakes
 * first decides whether the other waits or is preempted. It has gone either way.
 */
const undecided = 3;
const mixes = {
  plain: seeds.map((seed) => randomMix(seed, { fairSharing: false, weights })),
  fair: seeds
    .filter((seed) => seed !== undecided)
    .map((seed) => randomMix(seed, { fairSharing: true, weights })),
};

beforeAll(async () => {
  await platform.must("up", "--stack-file", stackFile(false), "--json");
  for (const team of Object.keys(weights)) members.set(team, await TeamClient.of(platform, team, "member"));
});

afterAll(async () => {
  for (const member of members.values()) member.close();
  await platform.remove();
});

describe("first come, first served", () => {
  test.concurrent.each(mixes.plain)("mix $seed", (mix) => play(mix), 300_000);
});

describe("fair sharing", () => {
  beforeAll(async () => {
    await platform.must("up", "--stack-file", stackFile(true), "--json");
  });

  test.concurrent.each(mixes.fair)("mix $seed", (mix) => play(mix), 300_000);
});

function stackFile(fairSharing: boolean): string {
  const pools = [...mixes.plain, ...mixes.fair];
  return platform.stackFile({
    environment: "local",
    topology: { nodesPerRack: 2 },
    pools: pools.map(({ pool, nodes }) => ({ name: pool, accelerator, nodes, acceleratorsPerNode })),
    queueing: { cohorts: ["platform"], fairSharing },
    teams: Object.entries(weights).map(([name, fairSharingWeight]) => ({
      name,
      costCenter: "cc-1",
      cohort: "platform",
      fairSharingWeight,
      quotas: pools.map(({ pool, quotas }) => ({ pool, ...quotas[name as keyof typeof quotas] })),
    })),
  });
}

async function play({ pool, steps }: RandomMix): Promise<void> {
  const scenario = new Scenario(platform, members, pool);
  for (const { submit, finish, want } of steps) {
    if (submit) await scenario.submit(submit);
    if (finish) await scenario.finish(finish);
    let last: Record<string, string> = {};
    const isWanted = (states: Record<string, string>) => {
      last = wantedStates(states);
      return isDeepStrictEqual(last, want);
    };
    await eventually(() => scenario.states(), isWanted, 60_000).catch(() => undefined);
    expect(last).toEqual(want);
  }
}
