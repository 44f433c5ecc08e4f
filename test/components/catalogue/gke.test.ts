import { expect, test } from "vitest";
import {
  bootDiskType,
  gkeLimits,
  gkeReservation,
  googleEndpoints,
} from "../../../components/catalogue/gke.ts";
import { sum } from "../../../components/planning/sum.ts";

test("newer machines take Hyperdisk alone", () => {
  expect([
    bootDiskType("a3-ultragpu-8g"),
    bootDiskType("a3-highgpu-8g"),
    bootDiskType("a4-highgpu-8g"),
  ]).toEqual(["hyperdisk-balanced", "pd-balanced", "hyperdisk-balanced"]);
});

test("the layers of memory that parts are kept of go on without end", () => {
  expect(gkeReservation.memory.map(({ layerGiB }) => layerGiB)).toEqual([
    4,
    4,
    8,
    112,
    Number.POSITIVE_INFINITY,
  ]);
  expect(sum(gkeReservation.memory.slice(0, 4).map(({ layerGiB }) => layerGiB))).toBe(128);
});

test("a node's pods have two addresses each", () => {
  expect(2 ** (32 - gkeLimits.podPrefixPerNode)).toBeGreaterThanOrEqual(2 * gkeLimits.podsPerNode);
});

test("the hosts of Google's APIs are those of the network that is written down", () => {
  const [network, bits] = googleEndpoints.privateApis.split("/");
  expect(googleEndpoints.hosts).toHaveLength(2 ** (32 - Number(bits)));
  expect(googleEndpoints.hosts[0]).toBe(network);
});
