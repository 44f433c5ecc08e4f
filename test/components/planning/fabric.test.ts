import { expect, test } from "vitest";
import {
  fabricProblems,
  fabricQuotaProblems,
  fabricResources,
  fabricShare,
  fabricShareProblems,
} from "../../../components/planning/fabric.ts";
import { efa, infiniband } from "../../support/network.ts";

const pool = { name: "h100", acceleratorsPerNode: 8, fabric: efa };

test.each([
  { case: "no network", fabric: undefined, want: [] },
  { case: "devices", fabric: infiniband, want: ["rdma/ib"] },
  { case: "devices and huge pages", fabric: efa, want: ["vpc.amazonaws.com/efa", "hugepages-2Mi"] },
])("resources: $case", ({ fabric, want }) => {
  expect(fabricResources(fabric)).toEqual(want);
});

test.each([
  { case: "no network", fabric: undefined, amount: 8, want: {} },
  { case: "a whole node", fabric: infiniband, amount: 8, want: { "rdma/ib": "8" } },
  {
    case: "a quarter of a node",
    fabric: efa,
    amount: 2,
    want: { "vpc.amazonaws.com/efa": "1", "hugepages-2Mi": "1280Mi" },
  },
  {
    case: "three nodes",
    fabric: efa,
    amount: 24,
    want: { "vpc.amazonaws.com/efa": "12", "hugepages-2Mi": "15Gi" },
  },
  { case: "nothing", fabric: efa, amount: 0, want: { "vpc.amazonaws.com/efa": "0", "hugepages-2Mi": "0" } },
])("share: $case", ({ fabric, amount, want }) => {
  expect(fabricShare({ acceleratorsPerNode: 8, fabric }, amount)).toEqual(want);
});

const whole = {
  accelerator: "nvidia-h100-80gb-sxm",
  acceleratorsPerNode: 8,
  sharing: { mode: "dedicated" },
  fabric: efa,
} as const;

test.each([
  { case: "no network", request: { ...whole, fabric: undefined }, want: [] },
  { case: "a network of whole GPUs", request: whole, want: [] },
  {
    case: "another vendor's network of NVIDIA's name",
    request: { ...whole, fabric: { ...efa, resourceName: "nvidia.com/hostdev" } },
    want: [],
  },
  {
    case: "TPUs",
    request: { ...whole, accelerator: "google-tpu-v5e" } as const,
    want: [
      {
        path: ["fabric"],
        given: "vpc.amazonaws.com/efa",
        allowed: "nothing in a pool of google-tpu-v5e: TPUs have a network of their own",
        remedy: "leave fabric out",
      },
    ],
  },
  {
    case: "GPUs that pods share",
    request: { ...whole, sharing: { mode: "mps", replicas: 2, rename: true } } as const,
    want: [
      {
        path: ["fabric"],
        given: "vpc.amazonaws.com/efa in a pool of mode mps",
        allowed: "a fabric in pools of whole accelerators: its devices go with them",
        remedy: "leave fabric out, or sharing",
      },
    ],
  },
  {
    case: "an accelerator",
    request: { ...whole, fabric: { ...efa, resourceName: "nvidia.com/gpu" } },
    want: [
      {
        path: ["fabric", "resourceName"],
        given: '"nvidia.com/gpu"',
        allowed: "a resource of network devices; this one is an accelerator",
        remedy: "name the resource that the network's device plugin offers, such as rdma/ib",
      },
    ],
  },
  {
    case: "parts of huge pages",
    request: { ...whole, fabric: { ...efa, hugePagesMiB: 5128 } },
    want: [
      {
        path: ["fabric", "hugePagesMiB"],
        given: "5128",
        allowed: "a multiple of 16: whole pages of 2 MiB with each of 8 accelerators",
        remedy: "make it 5136",
      },
    ],
  },
])("pool: $case", ({ request, want }) => {
  expect(fabricProblems(request)).toEqual(want);
});

test.each([
  { case: "one device", each: 2, pods: 2, made: pool, want: [] },
  { case: "half a device, in a run of one pod", each: 1, pods: 1, made: pool, want: [] },
  { case: "no network", each: 1, pods: 2, made: { ...pool, fabric: undefined }, want: [] },
  {
    case: "half a device",
    each: 3,
    pods: 2,
    made: pool,
    want: [
      {
        path: ["jobs", 0, "acceleratorsPerNode"],
        given: "3",
        allowed: "a multiple of 2, with which 1 device vpc.amazonaws.com/efa goes",
        remedy: "ask for 4 per node, or run on one node",
      },
    ],
  },
])("pods: $case", ({ each, pods, made, want }) => {
  const role = { path: ["jobs", 0], acceleratorsPerNode: each };
  expect(fabricShareProblems([role], pods, made)).toEqual(want);
});

test.each([
  { case: "whole devices", quota: { accelerators: 16, borrowingLimit: 2 }, want: [] },
  { case: "another pool", quota: { pool: "l40s", accelerators: 1 }, want: [] },
  {
    case: "half a device of its own, and another on loan",
    quota: { accelerators: 15, lendingLimit: 1 },
    want: [
      {
        path: ["quota", "accelerators"],
        given: "15",
        allowed: "a multiple of 2, with which 1 device vpc.amazonaws.com/efa goes in pool h100",
        remedy: "make it 16",
      },
      {
        path: ["quota", "lendingLimit"],
        given: "1",
        allowed: "a multiple of 2, with which 1 device vpc.amazonaws.com/efa goes in pool h100",
        remedy: "make it 2",
      },
    ],
  },
])("quota: $case", ({ quota, want }) => {
  expect(fabricQuotaProblems([pool], [{ path: ["quota"], pool: "h100", ...quota }])).toEqual(want);
});
