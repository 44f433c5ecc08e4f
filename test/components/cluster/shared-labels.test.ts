import { expect, test } from "vitest";
import { sharedLabels } from "../../../components/cluster/shared-labels.ts";
import type { SharedPool, Sharing } from "../../../components/planning/sharing.ts";

function pool(sharing: Sharing): SharedPool {
  return { accelerator: "nvidia-a100-80gb", nodes: 1, acceleratorsPerNode: 1, sharing };
}

test("a dedicated node has no other labels", () => {
  expect(sharedLabels(pool({ mode: "dedicated" }), 0)).toEqual({});
});

/** What a cluster's A100 80GB wrote with one slice of each of these profiles, as its users published it. */
const listing = {
  "nvidia.com/gpu.replicas": "0",
  "nvidia.com/mig-1g.10gb.count": "1",
  "nvidia.com/mig-1g.10gb.engines.copy": "1",
  "nvidia.com/mig-1g.10gb.engines.decoder": "0",
  "nvidia.com/mig-1g.10gb.engines.encoder": "0",
  "nvidia.com/mig-1g.10gb.engines.jpeg": "0",
  "nvidia.com/mig-1g.10gb.engines.ofa": "0",
  "nvidia.com/mig-1g.10gb.memory": "9728",
  "nvidia.com/mig-1g.10gb.multiprocessors": "14",
  "nvidia.com/mig-1g.10gb.replicas": "1",
  "nvidia.com/mig-1g.10gb.slices.ci": "1",
  "nvidia.com/mig-1g.10gb.slices.gi": "1",
  "nvidia.com/mig-2g.20gb.count": "1",
  "nvidia.com/mig-2g.20gb.engines.copy": "2",
  "nvidia.com/mig-2g.20gb.engines.decoder": "1",
  "nvidia.com/mig-2g.20gb.engines.encoder": "0",
  "nvidia.com/mig-2g.20gb.engines.jpeg": "0",
  "nvidia.com/mig-2g.20gb.engines.ofa": "0",
  "nvidia.com/mig-2g.20gb.memory": "19968",
  "nvidia.com/mig-2g.20gb.multiprocessors": "28",
  "nvidia.com/mig-2g.20gb.replicas": "1",
  "nvidia.com/mig-2g.20gb.slices.ci": "2",
  "nvidia.com/mig-2g.20gb.slices.gi": "2",
  "nvidia.com/mig-3g.40gb.count": "1",
  "nvidia.com/mig-3g.40gb.engines.copy": "3",
  "nvidia.com/mig-3g.40gb.engines.decoder": "2",
  "nvidia.com/mig-3g.40gb.engines.encoder": "0",
  "nvidia.com/mig-3g.40gb.engines.jpeg": "0",
  "nvidia.com/mig-3g.40gb.engines.ofa": "0",
  "nvidia.com/mig-3g.40gb.memory": "40192",
  "nvidia.com/mig-3g.40gb.multiprocessors": "42",
  "nvidia.com/mig-3g.40gb.replicas": "1",
  "nvidia.com/mig-3g.40gb.slices.ci": "3",
  "nvidia.com/mig-3g.40gb.slices.gi": "3",
  "nvidia.com/mig.strategy": "mixed",
};

test("the same labels as a real node of one A100 with three slices", () => {
  const profiles = { "1g.10gb": 1, "2g.20gb": 1, "3g.40gb": 1 };
  const labels = sharedLabels(pool({ mode: "mig", layouts: [{ nodes: 1, profiles }] }), 0);
  expect(labels).toMatchObject(listing);
  // Of a newer version, or named after the card.
  const others = Object.keys(labels).filter((key) => !(key in listing));
  expect(others.filter((key) => !/\.(product|sharing-strategy|config)$/.test(key))).toEqual([]);
});

test("under DRA neither device plugin nor MIG manager comes to the node (F38)", () => {
  expect(sharedLabels(pool({ mode: "dra", devices: "partitions" }), 0)).toEqual({
    "nvidia.com/gpu.deploy.device-plugin": "false",
    "nvidia.com/gpu.deploy.mig-manager": "false",
  });
});
