import { expect, test } from "vitest";
import { gcpCluster } from "../../../components/cluster/gcp.ts";
import { makeGcpCluster, nodePoolType, ofType } from "../../support/gcp-stack.ts";
import { record } from "../../support/record.ts";

async function build(name = "ai") {
  return record(() => {
    gcpCluster(name, { ...makeGcpCluster(), registries: ["nvidia"] });
  });
}

test("nodes may report and fetch images, and no bucket is theirs (F114)", async () => {
  const resources = await build();
  const grants = resources.filter(({ type }) => /iam/i.test(type) && !type.includes("kms"));
  expect(grants.map(({ type, inputs }) => [type.split(":").at(-1), inputs.role])).toEqual([
    ["RepositoryIamMember", "roles/artifactregistry.reader"],
    ["IAMMember", "roles/container.defaultNodeServiceAccount"],
  ]);
  const [system] = ofType(resources, nodePoolType);
  expect(system?.dependsOn).toEqual(expect.arrayContaining(["ai-nodes", "ai-nvidia"]));
});

test("a registry of one's own keeps what nodes fetched", async () => {
  const [repository] = ofType(await build(), "gcp:artifactregistry/repository:Repository");
  expect(repository?.inputs).toEqual({
    repositoryId: "ai-nvidia",
    location: "us-central1",
    format: "DOCKER",
    mode: "REMOTE_REPOSITORY",
    remoteRepositoryConfig: { commonRepository: { uri: "https://nvcr.io" } },
    vulnerabilityScanningConfig: { enablementConfig: "INHERITED" },
  });
});

test("the name of the account has room, however long the cluster's is", async () => {
  const [account] = ofType(await build("platform-of-a-large-company"), "gcp:serviceaccount/account:Account");
  expect(account?.inputs.accountId).toBe("platform-of-a-large-comp-nodes");
});
