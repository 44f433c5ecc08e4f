import { expect, test } from "vitest";
import { gkeSystemMachines } from "../../../components/catalogue/gke.ts";
import { eksSystemNode, gkeSystemNode } from "../../../components/planning/system-node.ts";

test("EKS: 4 vCPUs and 16 GiB less what the kubelet and daemons keep", () => {
  // 80 thousandths and 500; 255 MiB, 11 for each of 58 pods, 100, and 1024.
  expect(eksSystemNode).toEqual({ cpuMillis: 3420, memoryMiB: 14_367 });
});

test("GKE: the machine that is named", () => {
  // 90 thousandths and 500; 3.56 of 32 GiB, 100 MiB, and 1024.
  expect(gkeSystemNode("e2-standard-8")).toEqual({ cpuMillis: 7410, memoryMiB: 27_998 });
  const cores = gkeSystemMachines.map((machine) => Math.floor(gkeSystemNode(machine).cpuMillis / 1000));
  expect(cores).toEqual([3, 7, 15, 7]);
});
