import { expect, test } from "vitest";
import { hostValues } from "../../../components/cluster/local-release.ts";
import { kueueValues } from "../../../components/scheduling/kueue.ts";

const values = kueueValues({ fairSharing: true });

test("features of Kueue that its pools need stay on beside it", () => {
  const gates = [{ name: "KueueDRAIntegrationConsumableCapacity", enabled: true }];
  const given = { controllerManager: { featureGates: gates } };
  expect(hostValues({ chart: "kueue", namespace: "kueue-system", values: given })).toEqual({
    controllerManager: { featureGates: [...gates, { name: "VisibilityOnDemand", enabled: false }] },
  });
});

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

test("the Trainer brings no definitions: kinds are the cluster's own", () => {
  const given = { jobset: { install: false } };
  expect(hostValues({ chart: "trainer", namespace: "kubeflow-system", values: given })).toEqual({
    jobset: { install: false },
    crds: { enabled: false },
  });
});
