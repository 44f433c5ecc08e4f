/** What every object store promises to teams: one suite over all three adapters, under mocks. */
import { describe, expect, test } from "vitest";
import { AwsStore, gcpCluster, gcsStore, type ObjectStore, type StoreGrant } from "../../components/index.ts";
import { makeAws, told } from "../support/aws-cluster.ts";
import { makeGcpCluster } from "../support/gcp-stack.ts";
import { record } from "../support/record.ts";
import { makeStore } from "../support/store.ts";

const labels = { "plinth.dev/team": "research" };

function awsStore(): ObjectStore {
  const { aws: provider } = makeAws();
  const cidrs = ["10.0.0.0/16"];
  return new AwsStore("main", {
    provider,
    region: "us-east-1",
    cluster: "main",
    cidrs,
    bucketPrefix: "acme-plinth",
  });
}

function googleStore(): ObjectStore {
  const { cloud } = gcpCluster("ai", makeGcpCluster());
  const { project, region } = makeGcpCluster();
  return gcsStore("ai", { cloud, project, region, bucketPrefix: "acme-ai" });
}

const adapters: { name: string; make: () => ObjectStore }[] = [
  { name: "a store that exists already, by keys", make: () => makeStore() },
  { name: "S3", make: awsStore },
  { name: "Cloud Storage", make: googleStore },
];

describe.each(adapters)("$name", ({ make }) => {
  async function granted() {
    let store: ObjectStore | undefined;
    const grants: StoreGrant[] = [];
    const resources = await record(() => {
      store = make();
      for (const namespace of ["research", "vision"]) grants.push(store.grant({ namespace, labels }, {}));
    }, told);
    if (!store) throw new Error("nothing was made");
    return { store, grants, resources };
  }

  test("each team has a folder of its own", async () => {
    const { grants } = await granted();
    const [research, vision] = grants.map(({ url }) => url);
    expect(research).toMatch(/^(s3|gs):\/\/.+\/research$/);
    expect(vision).toBe(research?.replace(/research$/, "vision"));
  });

  test("a network policy can name where it answers", async () => {
    const { store } = await granted();
    expect(store.egress.port).toBe(443);
    expect(store.egress.cidrs.length).toBeGreaterThan(0);
    for (const cidr of store.egress.cidrs) expect(cidr).toMatch(/^\d+(\.\d+){3}\/\d+$/);
    for (const { cidr, port } of store.egress.identity ?? []) {
      expect([/^\d+(\.\d+){3}\/32$/.test(cidr), Number.isInteger(port)]).toEqual([true, true]);
    }
  });

  test("variables hold no secret: pods have an identity, or a Secret of their team", async () => {
    const { store, grants } = await granted();
    for (const { environment, secret } of grants) {
      expect(JSON.stringify(environment)).not.toMatch(/secret|password|token/i);
      expect(secret === undefined).toBe(store.egress.identity !== undefined);
    }
  });

  test("what lets a team in exists before its pods", async () => {
    const { grants } = await granted();
    for (const { resources } of grants) expect(resources.length).toBeGreaterThan(0);
  });

  test("buckets that it makes are private, versioned and kept", async () => {
    const { resources } = await granted();
    const buckets = resources.filter(({ type }) => /:Bucket$/.test(type));
    for (const { protect, retainOnDelete } of buckets) expect(protect || retainOnDelete).toBe(true);
    const wildcards = resources.filter(({ inputs }) =>
      /"Action":"\*"|roles\/owner/.test(JSON.stringify(inputs)),
    );
    expect(wildcards.map(({ type, name }) => [type, name])).toEqual([]);
  });
});
