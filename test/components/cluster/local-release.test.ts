import { expect, test } from "vitest";
import { hostValues } from "../../../components/cluster/local-release.ts";
import { kueueValues } from "../../../components/scheduling/kueue.ts";

const values = kueueValues({ fairSharing: true });

test("Kueue goes without its aggregated API, and keeps the rest of its values", () => {
  expect(hostValues({ chart: "kueue", namespace: "kueue-system", values })).toEqual({
    ...values,
    controllerManager: {
      manager: {
        image: { repository: "registry.k8s.io/kueue/kueue", tag: "v0.19.2", pullPolicy: "IfNotPresent" },
      },
      featureGates: [{ name: "VisibilityOnDemand", enabled: false }],
    },
  });
});
