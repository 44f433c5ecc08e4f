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
 *
 * The mixes of a seed have teams and a cohort of their own. What ends anywhere in a cohort makes Kueue look
 * at all that waits in it, one job of each queue after the other (0.19.2, NotifyRetryInadmissible in
 * pkg/cache/queue/inadmissible_workloads.go). Quota that comes back in the middle of such a look goes to
 * those whose turn is still to come, even if one before them would have had it.
 */
const platform = new TestPlatform();
const members = new Map<string, TeamClient>();
const seeds = Array.from({ length: 5 }, (_, index) => index + 1);
const mixes = {
  plain: seeds.map((seed) => randomMix(seed, { fairSharing: false, weights: weightsOf(seed) })),
  fair: seeds.map((seed) => randomMix(seed, { fairSharing: true, weights: weightsOf(seed) })),
};

beforeAll(async () => {
  await platform.must("up", "--stack-file", stackFile(false), "--json");
  for (const team of seeds.flatMap((seed) => Object.keys(weightsOf(seed)))) {
    members.set(team, await TeamClient.of(platform, team, "member"));
  }
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

/** By team. */
function weightsOf(seed: number): Record<string, number> {
  return { [`red-${seed}`]: 1, [`blue-${seed}`]: 1, [`gold-${seed}`]: 2 };
}

function stackFile(fairSharing: boolean): string {
  const pools = [...mixes.plain, ...mixes.fair];
  return platform.stackFile({
    environment: "local",
    topology: { nodesPerRack: 2 },
    pools: pools.map(({ pool, nodes }) => ({ name: pool, accelerator, nodes, acceleratorsPerNode })),
    queueing: { cohorts: seeds.map(cohortOf), fairSharing },
    teams: seeds.flatMap((seed) =>
      Object.entries(weightsOf(seed)).map(([name, fairSharingWeight]) => ({
        name,
        costCenter: "cc-1",
        cohort: cohortOf(seed),
        fairSharingWeight,
        quotas: pools.flatMap(({ pool, quotas }) => (quotas[name] ? [{ pool, ...quotas[name] }] : [])),
      })),
    ),
  });
}

function cohortOf(seed: number): string {
  return `mix-${seed}`;
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
