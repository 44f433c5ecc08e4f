import { expect, test } from "vitest";
import { networkRules } from "../../../components/scheduling/network-guard.ts";
import { efa, infiniband } from "../../support/network.ts";
import { makePool } from "../../support/queueing-plan.ts";

test("without a network there is nothing to guard", () => {
  expect(networkRules([makePool("h100")])).toEqual([]);
});

test("each network once, with what goes with it in any of its pools", () => {
  const pools = [
    { ...makePool("h100"), fabric: infiniband },
    { ...makePool("half"), fabric: { ...infiniband, devicesPerNode: 4 } },
    { ...makePool("aws"), fabric: efa },
  ];
  expect(networkRules(pools).map(({ message }) => message)).toEqual([
    "rdma/ib goes with accelerators: ask for no more of it than 8 with 8 nvidia.com/gpu " +
      "or 4 with 8 nvidia.com/gpu",
    "vpc.amazonaws.com/efa goes with accelerators: ask for no more of it than 4 with 8 nvidia.com/gpu",
  ]);
});
