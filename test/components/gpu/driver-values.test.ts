import { expect, test } from "vitest";
import { driverValues } from "../../../components/gpu/driver-values.ts";
import type { Sharing } from "../../../components/planning/sharing.ts";

const pool = (name: string, sharing: Sharing) =>
  ({ name, accelerator: "nvidia-h100-80gb-sxm", nodes: 1, acceleratorsPerNode: 8, sharing }) as const;

const plain = pool("plain", { mode: "dedicated" });

test("without a pool of claims there is no driver", () => {
  expect(driverValues([plain])).toBeUndefined();
});

test("the driver runs on the nodes of its pools only: the others have the device plugin (F38)", () => {
  expect(driverValues([plain, pool("cards", { mode: "dra", devices: "whole" })])).toEqual({
    gpuResourcesEnabledOverride: true,
    resources: { gpus: { enabled: true }, computeDomains: { enabled: false } },
    featureGates: {},
    consumableShares: "",
    kubeletPlugin: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: "plinth.dev/pool", operator: "In", values: ["cards"] }] },
            ],
          },
        },
      },
    },
  });
});

test("partitions and shares need gates that are off by default", () => {
  const pools = [
    pool("parts", { mode: "dra", devices: "partitions" }),
    pool("shared", { mode: "dra", devices: "shares" }),
  ];
  expect(driverValues(pools)).toMatchObject({
    featureGates: { DynamicMIG: true, ConsumableShares: true },
    consumableShares: "memory",
  });
});
