import { expect, test } from "vitest";
import { gangTopology, sliceJobProblems } from "../../../components/training/slice-rules.ts";

const slices = { topology: "2x4", chipsPerHost: 4, hosts: 2, level: "cloud.google.com/gke-nodepool" };
const tpu = { name: "tpu", slices };
const gpus = { name: "h100", slices: undefined };
const topology = { mode: "required", level: "rack" } as const;
const roles = [{ environment: { NCCL_DEBUG: "INFO", OWN: "1" } }];

test.each([
  { case: "neither", pool: tpu, job: { roles: [{ environment: { OWN: "1" } }, {}] }, want: [] },
  { case: "a domain, where there are no slices", pool: gpus, job: { topology }, want: [] },
  { case: "NCCL, where there are no slices", pool: gpus, job: { roles }, want: [] },
  {
    case: "a domain",
    pool: tpu,
    job: { topology },
    want: [
      {
        path: ["jobs", 0, "topology"],
        given: "a network domain",
        allowed: "nothing in pool tpu: a gang there has one slice, whole",
        remedy: "leave topology out",
      },
    ],
  },
  {
    case: "another size while it runs",
    pool: tpu,
    job: { elastic: true },
    want: [
      {
        path: ["jobs", 0, "elastic"],
        given: "true",
        allowed: "false in pool tpu, where a gang is one slice",
        remedy: "leave elastic out",
      },
    ],
  },
  {
    case: "variables of NCCL for all pods",
    pool: tpu,
    job: { environment: { NCCL_ALGO: "Ring" } },
    want: [
      {
        path: ["jobs", 0, "environment", "NCCL_ALGO"],
        given: "NCCL_ALGO",
        allowed: "nothing of NCCL in pool tpu: TPUs have a network of their own",
        remedy: "leave it out",
      },
    ],
  },
  {
    case: "variables of NCCL",
    pool: tpu,
    job: { roles },
    want: [
      {
        path: ["jobs", 0, "roles", 0, "environment", "NCCL_DEBUG"],
        given: "NCCL_DEBUG",
        allowed: "nothing of NCCL in pool tpu: TPUs have a network of their own",
        remedy: "leave it out",
      },
    ],
  },
])("$case", ({ pool, job, want }) => {
  expect(sliceJobProblems(job, ["jobs", 0], pool)).toEqual(want);
});

test.each([
  { case: "its slice", pool: tpu, asked: undefined, want: { mode: "required", level: slices.level } },
  { case: "the domain that it asks for", pool: gpus, asked: topology, want: topology },
  { case: "any nodes", pool: gpus, asked: undefined, want: undefined },
])("a gang has $case", ({ pool, asked, want }) => {
  expect(gangTopology(pool, asked)).toEqual(want);
});
