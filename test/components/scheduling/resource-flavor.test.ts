import { expect, test } from "vitest";
import { flavorSpec } from "../../../components/scheduling/resource-flavor.ts";
import { makeClaimed, makePlatform } from "../../support/builders.ts";
import { record } from "../../support/record.ts";

test("a flavor selects the pool's nodes and tolerates their taint for its jobs", async () => {
  let spec: unknown;
  await record(() => {
    spec = flavorSpec(makePlatform().pool, "default");
  });
  expect(spec).toEqual({
    nodeLabels: { "plinth.dev/pool": "h100" },
    nodeTaints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }],
    tolerations: [{ key: "nvidia.com/gpu", operator: "Equal", value: "present", effect: "NoSchedule" }],
    topologyName: "default",
  });
});

test("a flavor of a pool without taints has no empty lists, which Kueue would drop", async () => {
  let spec: object = {};
  await record(() => {
    spec = flavorSpec({ ...makePlatform().pool, taints: [] }, "default");
  });
  expect(spec).toEqual({ nodeLabels: { "plinth.dev/pool": "h100" }, topologyName: "default" });
});

test("a flavor of claims has no topology, for Kueue would place pods without looking at them", async () => {
  let spec: object = {};
  await record(() => {
    spec = flavorSpec(makeClaimed("whole").pool, "default");
  });
  expect(Object.keys(spec)).toEqual(["nodeLabels", "nodeTaints", "tolerations"]);
});
