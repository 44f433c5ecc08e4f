import { expect, test } from "vitest";
import { rayProblems, rayRoles } from "../../../components/training/ray-config.ts";

const gpu = { name: "gpu", nodes: 2, acceleratorsPerNode: 8 };
const autoscaling = { idleTimeoutSeconds: 60, upscaling: "Default" as const };

test("groups count with the most nodes that they may reach", () => {
  const workers = [{ ...gpu, maxNodes: 4 }, gpu];
  expect(rayRoles({ workers, autoscaling }, ["jobs", 0]).map(({ nodes }) => nodes)).toEqual([4, 2]);
  expect(rayRoles({ workers: [gpu] }, ["jobs", 0])).toEqual([{ ...gpu, path: ["jobs", 0, "workers", 0] }]);
});

test.each([
  { case: "different groups", workers: [gpu, { ...gpu, name: "other" }], scaling: undefined, want: [] },
  { case: "a group that scales", workers: [{ ...gpu, maxNodes: 3 }], scaling: autoscaling, want: [] },
  {
    case: "two groups of one name",
    workers: [gpu, gpu],
    scaling: undefined,
    want: [
      {
        path: ["workers", 1, "name"],
        given: '"gpu", which entry 0 already has',
        allowed: "each name once",
        remedy: "rename one of the two, or merge them",
      },
    ],
  },
  {
    case: "a group called like the head",
    workers: [{ ...gpu, name: "head" }],
    scaling: undefined,
    want: [
      {
        path: ["workers", 0, "name"],
        given: '"head"',
        allowed: "any other name",
        remedy: "rename it: head is the head's own",
      },
    ],
  },
  {
    case: "room to grow without anything that grows",
    workers: [{ ...gpu, maxNodes: 3 }],
    scaling: undefined,
    want: [
      {
        path: ["workers", 0, "maxNodes"],
        given: "3",
        allowed: "nothing without autoscaling",
        remedy: "leave it out, or add autoscaling",
      },
    ],
  },
  {
    case: "less room than the group begins with",
    workers: [{ ...gpu, maxNodes: 1 }],
    scaling: autoscaling,
    want: [
      {
        path: ["workers", 0, "maxNodes"],
        given: "1",
        allowed: "at least 2, the nodes that the group begins with",
        remedy: "raise maxNodes, or lower nodes",
      },
    ],
  },
])("$case", ({ workers, scaling, want }) => {
  expect(rayProblems({ workers, ...(scaling ? { autoscaling: scaling } : {}) }, [])).toEqual(want);
});
