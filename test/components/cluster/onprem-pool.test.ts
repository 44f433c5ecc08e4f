import { expect, test } from "vitest";
import { onpremPool } from "../../../components/cluster/onprem-pool.ts";

const pool = {
  name: "h100",
  accelerator: "nvidia-h100-80gb-sxm",
  nodes: 2,
  acceleratorsPerNode: 8,
  nodeSelector: { "example.org/pool": "h100" },
};

test("a pool of nodes that exist; they carry nothing unless it is said", () => {
  expect(onpremPool.parse(pool)).toEqual({ ...pool, carries: [], sharing: { mode: "dedicated" } });
});

test("its machines need not be those of any cloud", () => {
  expect(onpremPool.safeParse({ ...pool, acceleratorsPerNode: 3 }).success).toBe(true);
});

test.each([
  { case: "as many as the kubelet's own default", change: { sharing: { mode: "mps", replicas: 13 } } },
  {
    case: "more, where the kubelet takes more pods",
    change: { maxPods: 250, sharing: { mode: "mps", replicas: 31 } },
  },
])("replicas: $case", ({ change }) => {
  expect(onpremPool.safeParse({ ...pool, ...change }).success).toBe(true);
});

test.each([
  { case: "no label to select by", change: { nodeSelector: {} }, want: [["nodeSelector"]] },
  { case: "a label that is none", change: { nodeSelector: { "a b": "c" } }, want: [["nodeSelector", "a b"]] },
  { case: "a part that nobody brings", change: { carries: ["cuda"] }, want: [["carries", 0]] },
  {
    case: "TPUs",
    change: { accelerator: "google-tpu-v5e", acceleratorsPerNode: 4 },
    want: [["accelerator"]],
  },
  {
    case: "more replicas than the kubelet takes pods where nothing else is said",
    change: { sharing: { mode: "time-slicing", replicas: 14 } },
    want: [["sharing", "replicas"]],
  },
  { case: "slices of TPUs", change: { sliceTopology: "2x2" }, want: [["sliceTopology"]] },
  {
    case: "partitions that no GPU has",
    change: { sharing: { mode: "mig", layouts: [{ nodes: 2, profiles: { "9g.90gb": 1 } }] } },
    want: [["sharing", "layouts", 0, "profiles", "9g.90gb"]],
  },
])("refused: $case", ({ change, want }) => {
  const { error } = onpremPool.safeParse({ ...pool, ...change });
  expect(error?.issues.map(({ path }) => path)).toEqual(want);
});
