import { expect, test } from "vitest";
import { flavorSpec } from "../../../components/scheduling/resource-flavor.ts";
import { makePlatform } from "../../support/builders.ts";
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
