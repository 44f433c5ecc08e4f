import { expect, test } from "vitest";
import { AwsSharedVolumes } from "../../../components/index.ts";
import { makeAws, told, zones } from "../../support/aws-cluster.ts";
import { type Registration, record } from "../../support/record.ts";

async function build(fields: object = {}) {
  let classes: readonly string[] = [];
  const resources = await record(() => {
    classes = new AwsSharedVolumes("main", { cluster: makeAws(), ...fields }).classes;
  }, told);
  const of = (type: string): Registration[] => resources.filter((each) => each.type.endsWith(`:${type}`));
  return { of, classes };
}

test("EFS has a door in every zone, and outlives the stack", async () => {
  const { of, classes } = await build();
  expect(classes).toEqual(["efs"]);
  expect(of("FileSystem").map(({ inputs, retainOnDelete }) => [inputs.encrypted, retainOnDelete])).toEqual([
    [true, true],
  ]);
  expect(of("MountTarget").map(({ inputs }) => inputs.subnetId)).toEqual(
    zones.map((zone) => `main-nodes-${zone}-id`),
  );
  const made = of("StorageClass").find(({ name }) => name === "efs");
  expect(made?.inputs).toMatchObject({
    provisioner: "efs.csi.aws.com",
    parameters: { provisioningMode: "efs-ap", fileSystemId: "main-efs-id", directoryPerms: "700" },
  });
  expect(made?.dependsOn).toEqual(expect.arrayContaining(["main-aws-efs-csi-driver", "main-efs-us-east-1a"]));
});

test("Lustre stands in the zone of who reads it, and its ports are open to nodes alone", async () => {
  const { of, classes } = await build({ efs: false, lustre: { zone: "us-east-1b", throughput: 500 } });
  expect(classes).toEqual(["lustre"]);
  const [driver] = of("Addon").filter(({ name }) => name === "main-aws-fsx-csi-driver");
  expect(driver?.dependsOn).toContain("main-lustre");
  expect(of("StorageClass").find(({ name }) => name === "lustre")?.inputs).toMatchObject({
    provisioner: "fsx.csi.aws.com",
    parameters: {
      subnetId: "main-nodes-us-east-1b-id",
      securityGroupIds: "main-lustre-id",
      deploymentType: "PERSISTENT_2",
      perUnitStorageThroughput: "500",
      extraTags: "plinth.dev/cluster=main",
    },
  });
  const rules = of("SecurityGroupIngressRule").filter(({ name }) => name.startsWith("main-lustre"));
  expect(
    rules.map(({ inputs }) => [inputs.referencedSecurityGroupId, inputs.fromPort, inputs.toPort]),
  ).toEqual([
    // Servers call their clients back.
    ["main-lustre-id", 1018, 1023],
    ["main-lustre-id", 988, 988],
    ["sg-cluster", 1018, 1023],
    ["sg-cluster", 988, 988],
    ["main-lustre-id", 1018, 1023],
    ["main-lustre-id", 988, 988],
  ]);
  const out = of("SecurityGroupEgressRule").filter(({ name }) => name.startsWith("main-lustre"));
  expect(out.length).toBe(4);
});

test("a zone that the network does not have is refused", async () => {
  await expect(build({ lustre: { zone: "us-east-1f" } })).rejects.toThrow(
    "us-east-1a, us-east-1b, us-east-1c",
  );
});
