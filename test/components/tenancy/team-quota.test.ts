import { expect, test } from "vitest";
import { coveredResources } from "../../../components/scheduling/cluster-queue.ts";
import { containerDefaults, namespaceQuota } from "../../../components/tenancy/team-quota.ts";

const counts = {
  "count/jobs.batch": "5000",
  "count/configmaps": "1000",
  "count/secrets": "1000",
  "count/services": "1000",
  "count/resourceclaimtemplates.resource.k8s.io": "1000",
  persistentvolumeclaims: "100",
  "services.loadbalancers": "0",
  "services.nodeports": "0",
};

test("a namespace counts objects, and nothing that pods request: those that wait exist already", () => {
  expect(namespaceQuota(7)).toEqual({ pods: "7", ...counts });
});

test("containers get defaults only for resources that every queue covers (F42)", () => {
  const covered = coveredResources({ devices: [{ resourceName: "nvidia.com/gpu" }] });
  const defaulted = [
    ...Object.keys(containerDefaults.default),
    ...Object.keys(containerDefaults.defaultRequest),
  ];
  expect(defaulted.filter((resource) => !covered.includes(resource))).toEqual([]);
  expect(containerDefaults.default).toEqual(containerDefaults.defaultRequest);
});
