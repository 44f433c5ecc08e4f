/**
 * More than two hundred faults, put at random into one platform: after each round, gangs are whole or absent,
 * quotas are the sum of what is admitted, and nothing is lost or doubled. In the end all work is done.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { seededRandom } from "../../components/planning/random.ts";
import { type FaultName, faultKinds, faultNames } from "../support/faults/fault-kinds.ts";
import { ProvingGround, restMs } from "../support/faults/proving-ground.ts";
import { takeSnapshot } from "../support/faults/snapshot.ts";
import { accelerator, acceleratorsPerNode } from "../support/gangs.ts";
import { eventually, TestPlatform } from "../support/platform.ts";

const nodes = 32;
const rounds = 7;
/** What found nothing to hit comes again in the next round; so many more than planned are too many. */
const roundsMax = 11;
const teams = ["red", "blue"];
/** More than the pool holds, so that some always wait. */
const sizes = [2, 3, 4, 2, 3, 2, 4, 2, 3, 2, 2, 3, 4, 2, 3];
/** Kueue takes the quota from a started gang that misses a pod for so long. */
const recoverySeconds = 10;
/** The same with the longest time that Kueue, or the API server under it, is away. */
const halfHeldSeconds = 45;
const apiVersion = "kueue.x-k8s.io/v1beta2";
const kueue = `/apis/${apiVersion}`;

const platform = new TestPlatform();
let ground: ProvingGround;

beforeAll(async () => {
  const quotas = [{ pool: "h100", accelerators: (nodes / 2) * acceleratorsPerNode, borrowingLimit: 64 }];
  const stackFile = platform.stackFile({
    environment: "local",
    pools: [{ name: "h100", accelerator, nodes, acceleratorsPerNode }],
    queueing: {
      cohorts: ["platform"],
      podsReady: {
        timeoutSeconds: 30,
        recoverySeconds,
        retries: 100,
        backoffBaseSeconds: 1,
        backoffMaxSeconds: 2,
      },
    },
    nodeHealth: { graceSeconds: 1, drainTimeoutSeconds: 5, healthySeconds: 1, maxUnavailable: nodes / 2 },
    teams: teams.map((name) => ({ name, costCenter: "cc-1", cohort: "platform", quotas })),
  });
  await platform.must("up", "--stack-file", stackFile, "--json");
  ground = new ProvingGround(platform, teams);
  await holdQueue("Hold");
  for (const [index, size] of sizes.entries()) {
    await ground.submit({ team: teams[index % 2] ?? "", queue: "h100", nodes: size });
  }
  await ground.submit({ team: "red", queue: "held", nodes: 2 });
  await ground.rest();
});

afterAll(async () => {
  await ground?.close();
  await platform.remove();
});

/** A queue whose jobs wait as long as it is held: it can be deleted at any time. */
async function holdQueue(stopPolicy: "Hold" | "None"): Promise<void> {
  const metadata = { name: "held" };
  const { spec } = await platform.api.get<{ spec: object }>(`${kueue}/clusterqueues/red-h100`);
  await platform.api.apply(`${kueue}/clusterqueues/held`, {
    apiVersion,
    kind: "ClusterQueue",
    metadata,
    spec: { ...spec, stopPolicy },
  });
  await platform.api.apply(`${kueue}/namespaces/red/localqueues/held`, {
    apiVersion,
    kind: "LocalQueue",
    metadata,
    spec: { clusterQueue: "held" },
  });
}

test("after every fault gangs are whole or absent and quotas add up; in the end all is done", async () => {
  const random = seededRandom(20261121);
  const done = Object.fromEntries(faultNames.map((name) => [name, 0])) as Record<FaultName, number>;
  const isLeft = (name: FaultName) => done[name] < faultKinds[name].count;
  for (let round = 1; round <= roundsMax && faultNames.some(isLeft); round += 1) {
    for (const name of dealt(round, done)) {
      if (await faultKinds[name].inject(ground, random)) done[name] += 1;
    }
    await ground.rest();
    await ground.mend();
    await renew();
    await ground.rest();
  }
  expect(done).toEqual(Object.fromEntries(faultNames.map((name) => [name, faultKinds[name].count])));

  await holdQueue("None");
  await finishEverything();
  const { jobs, pods, used } = await takeSnapshot(platform.api, teams);
  expect(jobs.map(({ end }) => end)).toEqual(ground.gangs.map(() => "Complete"));
  expect(pods).toEqual([]);
  expect(used).toEqual({ "red-h100": 0, "blue-h100": 0, held: 0 });
  expect(ground.halfHeld.flatMap(({ doubled }) => doubled)).toEqual([]);
  for (const { longestSeconds } of ground.halfHeld) expect(longestSeconds).toBeLessThan(halfHeldSeconds);
});

/** An equal part of all faults in each round and what earlier ones left; the API server's come last. */
function dealt(round: number, done: Readonly<Record<FaultName, number>>): FaultName[] {
  const due = (name: FaultName) => Math.floor((faultKinds[name].count * Math.min(round, rounds)) / rounds);
  return faultNames
    .flatMap((name) => Array<FaultName>(due(name) - done[name]).fill(name))
    .sort((a, b) => faultKinds[a].order - faultKinds[b].order);
}

test("more than two hundred of them are of the kinds that a platform must survive", () => {
  const kinds = faultNames.map((name) => faultKinds[name]).filter(({ family }) => family !== "pod or job");
  expect(kinds.reduce((sum, { count }) => sum + count, 0)).toBe(209);
});

/** Kubernetes delays each further new pod of a job that lost one, so another takes its place. */
async function renew(): Promise<void> {
  for (const gang of ground.gangs.filter(({ wasHit }) => wasHit)) {
    await ground.remove(gang);
    const { team, queue, nodes } = gang;
    await ground.submit({ team, queue, nodes });
  }
}

/** What runs ends, and makes room for what waits, until nothing is left to do. */
async function finishEverything(): Promise<void> {
  const left = new Set(ground.gangs);
  while (left.size > 0) {
    const ready = await eventually(
      async () => (await ground.running()).map(({ gang }) => gang).filter((gang) => left.has(gang)),
      (gangs) => gangs.length > 0,
      restMs,
    );
    await ground.finish(ready);
    for (const gang of ready) left.delete(gang);
  }
  await ground.rest();
}
