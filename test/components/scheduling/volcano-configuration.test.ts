import { expect, test } from "vitest";
import {
  controllerConfiguration,
  schedulerConfiguration,
  tierOf,
} from "../../../components/scheduling/volcano-configuration.ts";

const levels = ["block", "rack", "kubernetes.io/hostname"];

test("the scheduler's file, whole: victims are named in one tier, nobody is held back before it", () => {
  expect(schedulerConfiguration(["nvidia.com/gpu"])).toEqual({
    actions: "allocate, preempt, reclaim, backfill",
    tiers: [
      {
        plugins: [
          { name: "priority" },
          { name: "gang", enablePreemptable: false, enableReclaimable: false },
          { name: "conformance" },
          { name: "capacity", enableHierarchy: true },
        ],
      },
      {
        plugins: [
          { name: "predicates" },
          { name: "nodeorder" },
          {
            name: "binpack",
            arguments: {
              "binpack.weight": 10,
              "binpack.cpu": 1,
              "binpack.memory": 1,
              "binpack.resources": "nvidia.com/gpu",
              "binpack.resources.nvidia.com/gpu": 10,
            },
          },
          { name: "network-topology-aware" },
        ],
      },
    ],
  });
});

test("where nobody else writes HyperNodes, they follow the labels of the nodes", () => {
  expect(controllerConfiguration(levels, false).networkTopologyDiscovery).toEqual([]);
  expect(controllerConfiguration(levels, true).networkTopologyDiscovery).toEqual([
    {
      source: "label",
      enabled: true,
      config: {
        networkTopologyTypes: {
          plinth: [{ nodeLabel: "block" }, { nodeLabel: "rack" }, { nodeLabel: "kubernetes.io/hostname" }],
        },
      },
    },
  ]);
});

test("tiers count from the narrowest domain above the node", () => {
  expect([...levels, "zone"].map((level) => tierOf(level, levels))).toEqual([2, 1, undefined, undefined]);
});
