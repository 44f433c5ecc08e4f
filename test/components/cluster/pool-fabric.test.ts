import { expect, test } from "vitest";
import { fabricField } from "../../../components/cluster/pool-fabric.ts";

const least = { resourceName: "rdma/ib", devicesPerNode: 1 };

test("nothing but the devices must be said", () => {
  expect(fabricField.parse(undefined)).toBeUndefined();
  expect(fabricField.parse(least)).toEqual({ ...least, hugePagesMiB: 0, environment: {} });
});

test.each([
  { case: "a resource of Kubernetes itself", change: { resourceName: "memory" } },
  { case: "a name that is no variable", change: { environment: { "NCCL-IB-HCA": "mlx5" } } },
  { case: "no device", change: { devicesPerNode: 0 } },
  { case: "a field that is not one", change: { devices: 8 } },
])("refused: $case", ({ change }) => {
  expect(fabricField.safeParse({ ...least, ...change }).success).toBe(false);
});
