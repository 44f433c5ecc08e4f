/** What a caller may say about the network between the nodes of a pool. */
import { z } from "zod";
import { extendedResourceName, variableName } from "../names.ts";

export const fabricField = z
  .strictObject({
    /** Resource that the device plugin of the network offers, such as rdma/ib or vpc.amazonaws.com/efa. */
    resourceName: extendedResourceName,
    /** Devices of each node; a pod with all of its accelerators asks for all of them. */
    devicesPerNode: z.int().min(1).max(1024),
    /** Huge pages of 2 MiB of each node that go with the devices, taken from its memory. Default: 0. */
    hugePagesMiB: z.int().min(0).max(1_048_576).default(0),
    /** Variables by which NCCL finds the devices, such as NCCL_IB_HCA or FI_PROVIDER. Default: none. */
    environment: z.record(variableName, z.string()).default({}),
  })
  .optional();
