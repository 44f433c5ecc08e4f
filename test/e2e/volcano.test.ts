/** Volcano for real: the component's queues and gangs, decided by its own scheduler and controllers. */
import type { V1Node } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { topologyLabels } from "../../components/catalogue/labels.ts";
import { roomLevels } from "../../components/planning/topology.ts";
import { hyperNodes } from "../../components/scheduling/hyper-nodes.ts";
import { accelerator, acceleratorsPerNode, gangJob, volcanoGangJob } from "../support/gangs.ts";
import { TestPlatform } from "../support/platform.ts";
import { TeamClient } from "../support/team-client.ts";
import { VolcanoScenario } from "../support/volcano-scenario.ts";

const platform = new TestPlatform();
const members = new Map<string, TeamClient>();
const teams = ["red", "blue"];

/** Two nodes share NVLink, and two such pairs a rack. */
const room = { nodesPerRack: 4, racksPerBlock: 4, nodesPerNvlinkDomain: 2 };
/** One pool for each test, so that they may run side by side. */
const pools: Record<string, { nodes: number; quotas: Record<string, object> }> = {
  whole: { nodes: 3, quotas: { red: { accelerators: 24 } } },
  borrow: {
    nodes: 4,
    quotas: { red: { accelerators: 8, borrowingLimit: 16 }, blue: { accelerators: 24 } },
  },
  reserve: {
    nodes: 3,
    quotas: {
      red: { accelerators: 8, borrowingLimit: 8 },
      blue: { accelerators: 16, lendingLimit: 8 },
    },
  },
  priority: { nodes: 2, quotas: { red: { accelerators: 16 } } },
  racks: { nodes: 8, quotas: { red: { accelerators: 64 } } },
  packed: { nodes: 2, quotas: { red: { accelerators: 16 } } },
  broken: { nodes: 2, quotas: { red: { accelerators: 16 } } },
  mixed: { nodes: 4, quotas: { red: { accelerators: 32 } } },
};
/** Of a simulated node. */
const annotations = { "kwok.x-k8s.io/node": "fake" };
const oneRack = { topology: { mode: "required", level: topologyLabels.rack } } as const;
const oneNvlink = { topology: { mode: "required", level: topologyLabels.nvlink } } as const;
const scenario = (pool: string) => new VolcanoScenario(platform, members, pool);

beforeAll(async () => {
  const stack = platform.stackFile({
    environment: "local",
    topology: room,
    pools: Object.entries(pools).map(([name, { nodes }]) => ({
      name,
      accelerator,
      nodes,
      acceleratorsPerNode,
    })),
    queueing: { backend: "volcano", cohorts: ["platform"] },
    teams: teams.map((name) => ({
      name,
      costCenter: "cc-1",
      cohort: "platform",
      quotas: Object.entries(pools).flatMap(([pool, { quotas }]) =>
        quotas[name] ? [{ pool, ...quotas[name] }] : [],
      ),
    })),
  });
  await platform.must("up", "--stack-file", stack, "--json");
  for (const team of teams) members.set(team, await TeamClient.of(platform, team, "member"));
});

afterAll(async () => {
  for (const member of members.values()) member.close();
  await platform.remove();
});

test.concurrent("a gang that does not fit holds nothing, and a smaller one behind it runs", async () => {
  const jobs = scenario("whole");
  await jobs.submit("red", "whole-a");
  const a = await jobs.running("red", "whole-a");
  await jobs.submit("red", "whole-b", { nodes: 3 });
  await jobs.waits("red", "whole-b");
  await jobs.submit("red", "whole-c", { nodes: 2 });
  const c = await jobs.running("red", "whole-c", 2);
  expect([...a, ...c].sort()).toEqual(["whole-0", "whole-1", "whole-2"]);
  await jobs.finish("red", "whole-a");
  await jobs.waits("red", "whole-b");
  await jobs.finish("red", "whole-c");
  await jobs.phase("red", "whole-a", "Completed");
  expect(await jobs.running("red", "whole-b", 3)).toEqual(["whole-0", "whole-1", "whole-2"]);
});

test.concurrent("a team borrows up to its limit; the owner takes its own back from whole gangs", async () => {
  const jobs = scenario("borrow");
  await jobs.submit("red", "borrow-a");
  await jobs.running("red", "borrow-a");
  await jobs.submit("red", "borrow-b", { nodes: 2, priority: "low" });
  await jobs.running("red", "borrow-b", 2);
  await jobs.submit("red", "borrow-c", { priority: "low" });
  await jobs.waits("red", "borrow-c");
  await jobs.submit("blue", "borrow-d", { nodes: 3 });
  const d = await jobs.running("blue", "borrow-d", 3);
  await jobs.givesWay("red", "borrow-b");
  // Red keeps what it deserves. Volcano counts amounts, not whose: the first gang may have to come back.
  const left = ["borrow-0", "borrow-1", "borrow-2", "borrow-3"].filter((node) => !d.includes(node));
  expect(await jobs.running("red", "borrow-a")).toEqual(left);
  await jobs.remove("red", "borrow-c");
  await jobs.finish("blue", "borrow-d");
  // The gang that gave way comes back whole, and ends.
  await jobs.running("red", "borrow-b", 2);
  await jobs.finish("red", "borrow-b");
  await jobs.phase("red", "borrow-b", "Completed");
});

test.concurrent("what is not lent stays empty for its owner, who preempts nobody for it", async () => {
  const jobs = scenario("reserve");
  await jobs.submit("red", "reserve-a");
  const a = await jobs.running("red", "reserve-a");
  await jobs.submit("red", "reserve-b");
  const b = await jobs.running("red", "reserve-b");
  await jobs.submit("red", "reserve-c");
  await jobs.waits("red", "reserve-c");
  await jobs.submit("blue", "reserve-d");
  const d = await jobs.running("blue", "reserve-d");
  expect([...a, ...b, ...d].sort()).toEqual(["reserve-0", "reserve-1", "reserve-2"]);
  expect(await jobs.nodesOf("red", "reserve-b")).toEqual(b);
});

test.concurrent("within a queue higher priorities preempt lower ones, and an equal one waits", async () => {
  const jobs = scenario("priority");
  await jobs.submit("red", "priority-a", { priority: "low" });
  await jobs.running("red", "priority-a");
  await jobs.submit("red", "priority-b");
  await jobs.running("red", "priority-b");
  await jobs.submit("red", "priority-c", { priority: "low" });
  await jobs.waits("red", "priority-c");
  await jobs.submit("red", "priority-d", { priority: "high" });
  const d = await jobs.running("red", "priority-d");
  // Volcano takes the first node, by score, where victims suffice; if that is of b, b then takes that of a.
  await jobs.givesWay("red", "priority-a");
  const b = await jobs.running("red", "priority-b");
  expect([...b, ...d].sort()).toEqual(["priority-0", "priority-1"]);
});

test.concurrent("gangs wait while two nodes are free, but none of one rack, or of one NVLink", async () => {
  const jobs = scenario("racks");
  const names = Array.from({ length: 8 }, (_, index) => `racks-single-${index}`);
  for (const name of names) await jobs.submit("red", name);
  const at = new Map<string, string>();
  for (const name of names) at.set((await jobs.running("red", name))[0] ?? "", name);
  expect([...at.keys()].sort()).toEqual(names.map((_, index) => `racks-${index}`));
  const free = (node: number) => jobs.finish("red", at.get(`racks-${node}`) ?? "");
  await Promise.all([free(0), free(4)]);
  await jobs.submit("red", "racks-rack", { nodes: 2, ...oneRack });
  await jobs.waits("red", "racks-rack");
  // The same gang without the requirement runs, so it is not quota that the first lacks.
  await jobs.submit("red", "racks-any", { nodes: 2 });
  expect(await jobs.running("red", "racks-any", 2)).toEqual(["racks-0", "racks-4"]);
  await jobs.finish("red", "racks-any");
  await jobs.phase("red", "racks-any", "Completed");
  await free(2);
  // A rack is wider than NVLink: two of its pairs give one node each.
  expect(await jobs.running("red", "racks-rack", 2)).toEqual(["racks-0", "racks-2"]);
  await jobs.finish("red", "racks-rack");
  await jobs.phase("red", "racks-rack", "Completed");
  await jobs.submit("red", "racks-nvlink", { nodes: 2, ...oneNvlink });
  await jobs.waits("red", "racks-nvlink");
  await free(3);
  expect(await jobs.running("red", "racks-nvlink", 2)).toEqual(["racks-2", "racks-3"]);
});

test.concurrent("pods are packed: a node is filled before the next is begun", async () => {
  const jobs = scenario("packed");
  const nodes: string[] = [];
  for (const [index, acceleratorsPerNode] of [2, 2, 4].entries()) {
    await jobs.submit("red", `packed-${index}`, { acceleratorsPerNode });
    nodes.push(...(await jobs.running("red", `packed-${index}`)));
  }
  expect(new Set(nodes).size).toBe(1);
  // What stayed whole is there for a gang that needs all of it.
  await jobs.submit("red", "packed-whole");
  expect([...new Set(nodes), ...(await jobs.running("red", "packed-whole"))].sort()).toEqual([
    "packed-0",
    "packed-1",
  ]);
});

test.concurrent("a gang that loses a pod restarts whole", async () => {
  const jobs = scenario("broken");
  await jobs.submit("red", "broken-a", { nodes: 2 });
  await jobs.running("red", "broken-a", 2);
  const before = (await jobs.podsOf("red", "broken-a")).map(({ metadata }) => metadata?.uid ?? "");
  const [pod] = await jobs.podsOf("red", "broken-a");
  await platform.api.remove(`/api/v1/namespaces/red/pods/${pod?.metadata?.name}`);
  await jobs.phase("red", "broken-a", "Restarting").catch(() => undefined);
  expect(await jobs.running("red", "broken-a", 2)).toEqual(["broken-0", "broken-1"]);
  const after = (await jobs.podsOf("red", "broken-a")).map(({ metadata }) => metadata?.uid ?? "");
  expect(after.filter((uid) => before.includes(uid))).toEqual([]);
});

test("HyperNodes are the domains of the nodes: NVLink below racks below blocks", async () => {
  interface HyperNode {
    metadata: { name: string };
    spec: { tier: number };
  }
  const found = await platform.api.list<HyperNode>("/apis/topology.volcano.sh/v1alpha1/hypernodes");
  const namesOf = (tier: number) =>
    found.filter(({ spec }) => spec.tier === tier).map(({ metadata }) => metadata.name);
  const racks = ["racks-block-0.racks-rack-0", "racks-block-0.racks-rack-1"];
  expect(namesOf(2).filter((name) => name.startsWith("racks"))).toEqual(racks);
  const joined = namesOf(1).filter((name) => name.startsWith("racks"));
  expect(joined.map((name) => [racks.findIndex((rack) => name.startsWith(`${rack}.`)), name.at(-1)])).toEqual(
    [
      [0, "0"],
      [0, "1"],
      [1, "2"],
      [1, "3"],
    ],
  );
  // By pool: one for each two nodes, one for each four, and one block.
  const each = (size: number) => Object.values(pools).map(({ nodes }) => Math.ceil(nodes / size));
  const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
  expect([1, 2, 3].map((tier) => namesOf(tier).length)).toEqual([
    sum(each(2)),
    sum(each(4)),
    each(16).length,
  ]);
});

test("a node that comes to a rack, and that NVLink does not join, is found there at once", async () => {
  const jobs = scenario("mixed");
  const [joined, , alone, late] = await Promise.all(
    [0, 1, 2, 3].map((index) => platform.api.get<V1Node>(`/api/v1/nodes/mixed-${index}`)),
  );
  const domainsOf = (node?: V1Node) => {
    const labels = node?.metadata?.labels ?? {};
    return Object.fromEntries(roomLevels.slice(0, -1).map((level) => [level, labels[level] ?? ""]));
  };
  const { [topologyLabels.nvlink]: own, ...untold } = domainsOf(alone);
  const unjoin = (name = "") => ({ [topologyLabels.nvlink]: name });
  await platform.api.remove(`/api/v1/nodes/${late?.metadata?.name}`);
  await platform.api.mergePatch("/api/v1/nodes/mixed-2", { metadata: { labels: unjoin("mixed-2") } });
  // As of a site where pools with NVLink between machines and without it share racks.
  const domains = "/apis/topology.volcano.sh/v1alpha1/hypernodes";
  for (const { name, spec } of hyperNodes([{ domains: [domainsOf(joined), untold] }], roomLevels) ?? []) {
    const object = {
      apiVersion: "topology.volcano.sh/v1alpha1",
      kind: "HyperNode",
      metadata: { name },
      spec,
    };
    await platform.api.apply(`${domains}/${name}`, object);
  }
  await platform.api.remove(`${domains}/mixed-block-0.mixed-rack-0.${own}`);
  await jobs.submit("red", "mixed-all", { nodes: 4, ...oneRack });
  await jobs.waits("red", "mixed-all");
  await platform.api.create("/api/v1/nodes", {
    ...late,
    metadata: { name: "mixed-3", labels: { ...late?.metadata?.labels, ...unjoin("mixed-3") }, annotations },
  });
  expect(await jobs.running("red", "mixed-all", 4)).toEqual(["mixed-0", "mixed-1", "mixed-2", "mixed-3"]);
});

test("a team reaches no queue but its own, and no scheduler but Volcano", async () => {
  const red = members.get("red");
  const gang = { name: "stray", team: "red", pool: "borrow", nodes: 1 };
  const foreign = volcanoGangJob(gang);
  for (const queue of ["blue-borrow", "default", "root"]) {
    const path = "/apis/batch.volcano.sh/v1alpha1/namespaces/red/jobs";
    const answer = await red?.send("POST", path, { ...foreign, spec: { ...foreign.spec, queue } });
    expect([queue, answer?.status]).toEqual([queue, 422]);
    expect(answer?.body.message).toContain("the queue must be one of the team's own: red-whole, red-borrow");
  }
  const { spec } = gangJob(gang).spec.template;
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "stray", namespace: "red" }, spec };
  const answer = await red?.send("POST", "/api/v1/namespaces/red/pods", pod);
  expect(answer?.body.message).toContain("pods of a team set schedulerName volcano");
});
