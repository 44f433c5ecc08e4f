/** Networks of pools: a device with each GPU of an H100 machine, and four for its eight. */
import type { Fabric } from "../../components/planning/fabric.ts";

export const infiniband: Fabric = {
  resourceName: "rdma/ib",
  devicesPerNode: 8,
  hugePagesMiB: 0,
  environment: { NCCL_IB_HCA: "mlx5", NCCL_DEBUG: "WARN" },
};

export const efa: Fabric = {
  resourceName: "vpc.amazonaws.com/efa",
  devicesPerNode: 4,
  hugePagesMiB: 5120,
  environment: { FI_PROVIDER: "efa" },
};
