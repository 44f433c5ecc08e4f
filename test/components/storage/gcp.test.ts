import { expect, test } from "vitest";
import { gcpCluster } from "../../../components/cluster/gcp.ts";
import { type GcsStore, gcsStore, podIdentity } from "../../../components/storage/gcp.ts";
import { makeGcpCluster, ofType } from "../../support/gcp-stack.ts";
import { record } from "../../support/record.ts";

const project = { id: "acme-ai", number: "123456789012" };

async function build(changes: object = {}) {
  let store: GcsStore | undefined;
  let grant: ReturnType<GcsStore["grant"]> | undefined;
  const resources = await record(() => {
    const { cloud } = gcpCluster("ai", makeGcpCluster());
    const args = { cloud, project, region: "us-central1", bucketPrefix: "acme-ai", ...changes };
    store = gcsStore("ai", args);
    grant = store.grant({ namespace: "research", labels: {} }, {});
  });
  return { resources, store, grant };
}

test("buckets are versioned, private and kept", async () => {
  const buckets = ofType((await build()).resources, "gcp:storage/bucket:Bucket");
  expect(buckets.map(({ inputs, protect }) => [inputs.name, protect])).toEqual([
    ["acme-ai-data", true],
    ["acme-ai-models", true],
  ]);
  for (const { inputs } of buckets) {
    expect(inputs).toMatchObject({
      location: "US-CENTRAL1",
      uniformBucketLevelAccess: true,
      publicAccessPrevention: "enforced",
      versioning: { enabled: true },
      autoclass: { enabled: true },
      forceDestroy: false,
      lifecycleRules: [
        { action: { type: "Delete" }, condition: { withState: "ARCHIVED", daysSinceNoncurrentTime: 30 } },
        { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 7 } },
      ],
    });
  }
});

test("buckets of a stack that may go may go", async () => {
  const { resources } = await build({ deletionProtection: false, autoclass: false });
  const [bucket] = ofType(resources, "gcp:storage/bucket:Bucket");
  expect([bucket?.protect, bucket?.inputs.autoclass]).toEqual([false, undefined]);
});

test("a grant names the very account of the team's pods, with no annotation beside it (F92)", async () => {
  const { resources, grant } = await build();
  const member =
    "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/" +
    "acme-ai.svc.id.goog/subject/ns/research/sa/workload";
  expect(podIdentity(project, "research", "workload")).toBe(member);
  const folder = ofType(resources, "gcp:storage/managedFolderIamMember:ManagedFolderIamMember");
  expect(folder.map(({ inputs }) => inputs)).toEqual([
    { bucket: "acme-ai-data", managedFolder: "research/", role: "roles/storage.objectUser", member },
  ]);
  const models = ofType(resources, "gcp:storage/bucketIAMMember:BucketIAMMember");
  expect(models.map(({ inputs }) => inputs)).toEqual([
    { bucket: "acme-ai-models", role: "roles/storage.objectViewer", member },
  ]);
  expect(grant).toMatchObject({
    url: "gs://acme-ai-data/research",
    environment: { GOOGLE_CLOUD_PROJECT: "acme-ai" },
  });
  expect([grant?.secret, grant?.resources.length]).toEqual([undefined, 2]);
});

test("a team's folder goes with it although something is in it, which stays", async () => {
  const [folder] = ofType((await build()).resources, "gcp:storage/managedFolder:ManagedFolder");
  expect(folder?.inputs).toEqual({ bucket: "acme-ai-data", name: "research/", forceDestroy: true });
  expect([folder?.retainOnDelete, folder?.protect]).toEqual([false, false]);
});

test("pods reach Google's storage, and whoever tells them who they are", async () => {
  expect((await build()).store?.egress).toEqual({
    cidrs: ["199.36.153.8/30"],
    port: 443,
    identity: [
      { cidr: "169.254.169.254/32", port: 80 },
      { cidr: "169.254.169.252/32", port: 988 },
    ],
  });
});
