/** The status as a reader sees it. */
import { expect, test } from "vitest";
import type { PlatformStatus } from "../../../embedded/status/platform-status.ts";
import { renderStatus } from "../../../embedded/status/status-table.ts";

const full: PlatformStatus = {
  pools: [
    {
      name: "h100",
      accelerator: "NVIDIA-H100",
      resource: "nvidia.com/gpu",
      nodes: 4,
      total: 32,
      used: 24,
      free: 8,
    },
  ],
  queues: [
    {
      name: "research-h100",
      team: "research",
      pool: "h100",
      nominal: 16,
      used: 16,
      borrowed: 0,
      pending: 1,
    },
    { name: "research-l40s", team: "research", pool: "l40s", nominal: 2, used: 0, borrowed: 0, pending: 0 },
    { name: "vision-h100", team: "vision", pool: "h100", nominal: 4, used: 8, borrowed: 4, pending: 0 },
  ],
  workloads: [
    {
      name: "a",
      team: "research",
      queue: "research-h100",
      accelerators: 16,
      state: "Running",
      reason: "2 of 2 pods",
    },
    {
      name: "b",
      team: "research",
      queue: "research-h100",
      accelerators: 8,
      state: "Waiting",
      reason: "12 more",
    },
  ],
  notebooks: [
    { name: "lab", team: "research", owner: "ada", accelerators: 2, state: "Stopped", reason: "not used" },
  ],
  endpoints: [],
};

test("columns are as wide as their widest cell, numbers align right, teams are summed up", () => {
  const text = renderStatus(full);
  expect(text.split("\n")).toEqual([
    "POOLS",
    "  name  accelerator  resource        nodes  total  used  free",
    "  h100  NVIDIA-H100  nvidia.com/gpu      4     32    24     8",
    "",
    "QUEUES",
    "  name           team      nominal  used  borrowed  pending",
    "  research-h100  research       16    16         0        1",
    "  research-l40s  research        2     0         0        0",
    "  vision-h100    vision          4     8         4        0",
    "",
    "TEAMS",
    "  name      nominal  used  running  waiting",
    "  research       18    16        1        1",
    "  vision          4     8        0        0",
    "",
    "WORKLOADS",
    "  name  team      queue          accelerators  state    reason",
    "  a     research  research-h100            16  Running  2 of 2 pods",
    "  b     research  research-h100             8  Waiting  12 more",
    "",
    "NOTEBOOKS",
    "  name  team      owner  accelerators  state    reason",
    "  lab   research  ada               2  Stopped  not used",
  ]);
});

test("an empty platform shows that there is nothing", () => {
  expect(renderStatus({ pools: [], queues: [], workloads: [], notebooks: [], endpoints: [] })).toBe(
    "POOLS\n  none\n\nQUEUES\n  none\n\nTEAMS\n  none\n\nWORKLOADS\n  none\n\nNOTEBOOKS\n  none",
  );
});

test("what claims hold has a table of its own; parts of accelerators add up to hundredths", () => {
  const queue = { team: "red", pool: "l4", nominal: 1, borrowed: 0, pending: 0 };
  const text = renderStatus({
    pools: [],
    queues: [
      { ...queue, name: "red-a", used: 0.1 },
      { ...queue, name: "red-b", used: 0.2 },
    ],
    workloads: [],
    notebooks: [],
    allocations: [{ pool: "l4", node: "l4-0", device: "gpu-0", team: "red", pod: "serve-0", memoryGiB: 2.4 }],
    endpoints: [],
  });
  expect(text.split("\n").slice(8, 17)).toEqual([
    "TEAMS",
    "  name  nominal  used  running  waiting",
    "  red         2   0.3        0        0",
    "",
    "CLAIMS",
    "  pool  node  device  memoryGiB  team  pod",
    "  l4    l4-0  gpu-0         2.4  red   serve-0",
    "",
    "WORKLOADS",
  ]);
});

test("other clusters that jobs are sent to have a table of their own", () => {
  const clusters = [{ name: "east", state: "Connected", reason: "Connected" } as const];
  const text = renderStatus({ pools: [], queues: [], workloads: [], notebooks: [], clusters, endpoints: [] });
  expect(text.split("\n").slice(-3)).toEqual([
    "CLUSTERS",
    "  name  state      reason",
    "  east  Connected  Connected",
  ]);
});

test("addresses that serve models have a table of their own", () => {
  const address = "http://127.96.143.7:8000/v1";
  const endpoints = [{ name: "chat", team: "research", address, ready: "1 of 2" }];
  const text = renderStatus({ pools: [], queues: [], workloads: [], notebooks: [], endpoints });
  expect(text.split("\n").slice(-3)).toEqual([
    "ENDPOINTS",
    "  name  team      ready   address",
    `  chat  research  1 of 2  ${address}`,
  ]);
});
