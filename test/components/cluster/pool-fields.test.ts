import { expect, test } from "vitest";
import { poolProblems } from "../../../components/cluster/pool-fields.ts";

test.each([
  { case: "a machine that exists", count: 4, want: [] },
  {
    case: "a machine that does not",
    count: 2,
    want: [
      {
        path: ["acceleratorsPerNode"],
        given: "2",
        allowed: "1, 4, 8: the machines with nvidia-l40s that the catalogue knows",
        remedy: "choose one of these counts, or add the machine to the hardware catalogue",
      },
    ],
  },
])("$case", ({ count, want }) => {
  const sharing = { mode: "dedicated" } as const;
  const pool = { accelerator: "nvidia-l40s", nodes: 1, acceleratorsPerNode: count, sharing } as const;
  expect(poolProblems(pool)).toEqual(want);
});

test("TPUs have no runtime class", () => {
  const tpu = { accelerator: "google-tpu-v6e", nodes: 1, acceleratorsPerNode: 8 } as const;
  const pool = { ...tpu, sliceTopology: "2x4", runtimeClass: "nvidia" } as const;
  expect(poolProblems({ ...pool, sharing: { mode: "dedicated" } })).toEqual([
    {
      path: ["runtimeClass"],
      given: '"nvidia"',
      allowed: "nothing for google-tpu-v6e: container runtimes hand out GPUs only",
      remedy: "leave it out",
    },
  ]);
});
