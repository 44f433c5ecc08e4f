import { expect, test } from "vitest";
import { placement } from "../../../components/training/placed-job.ts";
import { makePlacedJob } from "../../support/placed-job.ts";

test("pods name their scheduler, select their pool and tolerate its taint", () => {
  expect(placement(makePlacedJob(), "volcano")).toEqual({
    schedulerName: "volcano",
    nodeSelector: { "plinth.dev/pool": "h100" },
    tolerations: [{ key: "nvidia.com/gpu", operator: "Equal", value: "present", effect: "NoSchedule" }],
  });
});
