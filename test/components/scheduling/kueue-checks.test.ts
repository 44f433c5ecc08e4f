import { expect, test } from "vitest";
import { checkObjects, checksOf } from "../../../components/scheduling/kueue-checks.ts";

const provisioning = [
  {
    pool: "h100",
    provisioningClass: "queued.gke.io",
    retries: 2,
    backoffBaseSeconds: 5,
    backoffMaxSeconds: 50,
  },
];
const multiKueue = {
  pools: ["l40s"],
  clusters: [{ name: "east", kubeconfigSecret: "east-kubeconfig" }],
  workerLostSeconds: 900,
};

test("each pool has the checks that name it", () => {
  const of = (pool: string) => checksOf(pool, provisioning, multiKueue);
  expect([of("h100"), of("l40s"), of("l4")]).toEqual([["provision-h100"], ["multikueue"], []]);
  expect(checksOf("h100", [], undefined)).toEqual([]);
});

test("nodes on order, and clusters elsewhere: what each consists of, in the order of its making", () => {
  expect(checkObjects(provisioning, multiKueue)).toEqual([
    {
      kind: "ProvisioningRequestConfig",
      name: "provision-h100",
      spec: {
        provisioningClassName: "queued.gke.io",
        retryStrategy: { backoffLimitCount: 2, backoffBaseSeconds: 5, backoffMaxSeconds: 50 },
      },
    },
    {
      kind: "AdmissionCheck",
      name: "provision-h100",
      spec: {
        controllerName: "kueue.x-k8s.io/provisioning-request",
        parameters: {
          apiGroup: "kueue.x-k8s.io",
          kind: "ProvisioningRequestConfig",
          name: "provision-h100",
        },
      },
    },
    {
      kind: "MultiKueueCluster",
      name: "east",
      spec: { clusterSource: { kubeConfig: { locationType: "Secret", location: "east-kubeconfig" } } },
    },
    { kind: "MultiKueueConfig", name: "multikueue", spec: { clusters: ["east"] } },
    {
      kind: "AdmissionCheck",
      name: "multikueue",
      spec: {
        controllerName: "kueue.x-k8s.io/multikueue",
        parameters: { apiGroup: "kueue.x-k8s.io", kind: "MultiKueueConfig", name: "multikueue" },
      },
    },
  ]);
});
