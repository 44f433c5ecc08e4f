import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GangWatch, isDecided, removeJob } from "../support/gang-watch.ts";
import { accelerator, acceleratorsPerNode, gangJob, unqueuedGangJob } from "../support/gangs.ts";
import { eventually, TestPlatform } from "../support/platform.ts";
import { TeamClient } from "../support/team-client.ts";

const platform = new TestPlatform();
const team = "research";
const control = "control";
/** Of the pool and of each gang: two cannot be whole at once, and one pod of the other is enough to block. */
const nodes = 16;
const rounds = 20;
/** How long a deadlock must last to count; nothing that could end it is left by then. */
const deadlockMs = 500;

let member: TeamClient;

beforeAll(async () => {
  const stackFile = platform.stackFile({
    environment: "local",
    pools: [{ name: "h100", accelerator, nodes, acceleratorsPerNode }],
    queueing: { cohorts: ["platform"] },
    teams: [
      {
        name: team,
        costCenter: "cc-1",
        cohort: "platform",
        quotas: [{ pool: "h100", accelerators: nodes * acceleratorsPerNode }],
      },
    ],
  });
  await platform.must("up", "--stack-file", stackFile, "--json");
  member = await TeamClient.of(platform, team, "member");
  await platform.api.create("/api/v1/namespaces", { metadata: { name: control } });
  await platform.api.create(`/api/v1/namespaces/${control}/serviceaccounts`, {
    metadata: { name: "workload" },
  });
});

afterAll(async () => {
  member?.close();
  await platform.remove();
});

test(`two gangs that each need the whole pool never hold parts of it, ${rounds} rounds`, async () => {
  const whole = new Set<string>();
  const violations: string[] = [];
  let pair: [string, string] = ["", ""];
  const watch = new GangWatch(platform.api, team, () => {
    for (const job of pair) if (watch.boundOf(job) === nodes) whole.add(job);
    const held = pair.map((job) => watch.podsOf(job).length);
    const isHalved = held.every((pods) => pods > 0) && !pair.some((job) => whole.has(job));
    if (isHalved) violations.push(`${pair.join(" and ")} hold ${held.join(" and ")} pods`);
  });

  for (let round = 0; round < rounds; round += 1) {
    pair = [`left-${round}`, `right-${round}`];
    await Promise.all(pair.map((name) => submit(name)));
    await eventually(
      async () => pair.filter((job) => whole.has(job)).length,
      (count) => count === 1,
    );
    const first = whole.has(pair[0]) ? pair[0] : pair[1];
    await removeJob(platform.api, team, first);
    await eventually(async () => pair.every((job) => whole.has(job)), Boolean);
    for (const job of pair) await removeJob(platform.api, team, job);
    await eventually(
      async () => pair.flatMap((job) => watch.podsOf(job)).length,
      (count) => count === 0,
    );
  }
  await watch.close();

  expect(violations).toEqual([]);
  expect(whole.size).toBe(2 * rounds);
  // Each of the pods is at least made, bound, started and deleted.
  expect(watch.changes).toBeGreaterThanOrEqual(2 * rounds * nodes * 4);
});

test(`without queues the same gangs deadlock, ${rounds} rounds`, async () => {
  const watch = new GangWatch(platform.api, control, () => undefined);
  const held: [number, number][] = [];
  for (let round = 0; round < rounds; round += 1) {
    const pair = [`left-${round}`, `right-${round}`];
    await Promise.all(pair.map((name) => createUnqueued(name)));
    await eventually(
      async () => pair.flatMap((job) => watch.podsOf(job)),
      (pods) => pods.length === 2 * nodes && pods.every(isDecided),
    );
    await sleep(deadlockMs);
    const [left, right] = pair.map((job) => watch.boundOf(job));
    held.push([left ?? 0, right ?? 0]);
    for (const job of pair) await removeJob(platform.api, control, job);
    await eventually(
      async () => pair.flatMap((job) => watch.podsOf(job)).length,
      (count) => count === 0,
    );
  }
  await watch.close();

  // The pool is full each time, whoever has it.
  expect(held.map(([left, right]) => left + right)).toEqual(held.map(() => nodes));
  const deadlocks = held.filter((counts) => counts.every((count) => count > 0 && count < nodes));
  expect(deadlocks.length, `deadlocks of ${rounds} rounds; held ${JSON.stringify(held)}`).toBeGreaterThan(
    rounds / 2,
  );
});

function submit(name: string): Promise<unknown> {
  const job = gangJob({ name, team, pool: "h100", nodes });
  return member.must("POST", `/apis/batch/v1/namespaces/${team}/jobs`, job);
}

/** As the administrator, since no team may use a namespace without queues. */
function createUnqueued(name: string): Promise<unknown> {
  const job = unqueuedGangJob({ name, team: control, pool: "h100", nodes });
  return platform.api.create(`/apis/batch/v1/namespaces/${control}/jobs`, job);
}
