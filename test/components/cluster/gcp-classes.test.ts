import { expect, test } from "vitest";
import { gcpCluster } from "../../../components/cluster/gcp.ts";
import { gcpClasses } from "../../../components/cluster/gcp-classes.ts";
import { makeGcpCluster, ofType } from "../../support/gcp-stack.ts";
import { record } from "../../support/record.ts";

test("shared files are in the cluster's own network, and stay when their claim goes", async () => {
  const resources = await record(() => {
    gcpCluster("ai", makeGcpCluster());
  });
  const classes = ofType(resources, "kubernetes:storage.k8s.io/v1:StorageClass");
  expect(
    classes.map(({ inputs }) => [(inputs.metadata as { name: string }).name, inputs.parameters]),
  ).toEqual([
    [gcpClasses.shared, { tier: "enterprise", "connect-mode": "DIRECT_PEERING" }],
    [gcpClasses.fastShared, { tier: "zonal", "connect-mode": "DIRECT_PEERING" }],
  ]);
  for (const { inputs, dependsOn } of classes) {
    expect(inputs).toMatchObject({
      provisioner: "filestore.csi.storage.gke.io",
      volumeBindingMode: "WaitForFirstConsumer",
      reclaimPolicy: "Retain",
    });
    expect(dependsOn).toEqual(["ai"]);
  }
});
