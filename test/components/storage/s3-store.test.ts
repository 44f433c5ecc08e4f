import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { type S3StoreArgs, type StoreGrant, s3Store } from "../../../components/index.ts";
import { keyData } from "../../../components/storage/s3-store.ts";
import { record } from "../../support/record.ts";
import { makeStore, storeEntry, storeKeys } from "../../support/store.ts";

const team = { namespace: "research", labels: { "plinth.dev/team": "research" } };

async function grantOf(change: Partial<S3StoreArgs> = {}) {
  let given: StoreGrant | undefined;
  const resources = await record(() => {
    given = makeStore(change).grant(team, {});
  });
  return { given, secret: resources.find(({ type }) => type.endsWith(":Secret")) };
}

test("a team has its own folder, and its own keys only, encrypted in the state (F96)", async () => {
  const { given, secret } = await grantOf();
  expect(given).toMatchObject({
    url: "s3://models/checkpoints/research",
    environment: {
      AWS_ENDPOINT_URL: "https://s3.example.com",
      AWS_REGION: "eu-west-1",
      AWS_DEFAULT_REGION: "eu-west-1",
    },
    secret: {
      name: "object-store",
      keys: { AWS_ACCESS_KEY_ID: "accessKeyId", AWS_SECRET_ACCESS_KEY: "secretAccessKey" },
    },
  });
  expect(given?.resources.length).toBe(1);
  expect(secret?.inputs.metadata).toEqual({ name: "object-store", ...team });
  // What pulumi.secret marks: the engine encrypts it wherever it stores it.
  const data = JSON.stringify(secret?.inputs.data);
  expect(data).toContain("1b47061264138c4ac30d75fd1eb44270");
  expect(data).toContain(btoa("research-secret"));
  expect(data).not.toContain(btoa("vision-secret"));
});

test("variables that nobody stated are left out", async () => {
  const { given } = await grantOf({ endpoint: undefined, region: undefined });
  expect(given?.environment).toEqual({});
});

test.each([
  { endpoint: undefined, want: 443 },
  { endpoint: "https://s3.example.com", want: 443 },
  { endpoint: "http://s3.example.com", want: 80 },
  { endpoint: "https://192.0.2.1:9000", want: 9000 },
])("port of $endpoint: $want", ({ endpoint, want }) => {
  expect(makeStore({ endpoint }).egress).toEqual({ cidrs: ["192.0.2.0/24"], port: want });
});

test.each([
  { case: "another scheme", change: { url: "gs://models" } },
  { case: "a slash at the end", change: { url: "s3://models/" } },
  { case: "a path in the endpoint", change: { endpoint: "https://s3.example.com/models" } },
  { case: "no network", change: { cidrs: [] } },
  { case: "the whole internet", change: { cidrs: ["0.0.0.0/0"] } },
  { case: "the whole internet of version 6", change: { cidrs: ["::/0"] } },
  { case: "an address without a length", change: { cidrs: ["192.0.2.1"] } },
])("refused: $case", ({ change }) => {
  expect(() => makeStore(change)).toThrow("object store: 1 problem in the configuration");
});

test("IPv6 networks are networks too", () => {
  expect(makeStore({ cidrs: ["2001:db8::/32"] }).egress.cidrs).toEqual(["2001:db8::/32"]);
});

test("without any keys, nobody can be let in", () => {
  const store = s3Store(storeEntry, undefined);
  expect(() => store.grant(team, {})).toThrow(
    "object store: plinth:objectStoreKeys has no keys for team research; set " +
      "plinth:objectStoreKeys.research.accessKeyId and plinth:objectStoreKeys.research.secretAccessKey " +
      "with `pulumi config set --secret --path`",
  );
});

test("keys as a Secret holds them", () => {
  expect(keyData("vision", storeKeys)).toEqual({
    accessKeyId: btoa("vision-id"),
    secretAccessKey: btoa("vision-secret"),
  });
});

const twin = { research: storeKeys.research, vision: { ...storeKeys.vision, accessKeyId: "research-id" } };

test.each([
  { case: "another team's only", all: { research: storeKeys.research }, says: "has no keys for team vision" },
  { case: "half a pair", all: { vision: { accessKeyId: "vision-id" } }, says: "has no keys for team vision" },
  { case: "no object at all", all: "vision-secret", says: "has no keys for team vision" },
  { case: "those of another team", all: twin, says: "teams vision and research have the same accessKeyId" },
])("refused without showing any key: $case (F96)", ({ all, says }) => {
  let error: unknown;
  try {
    keyData("vision", all);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(pulumi.RunError);
  expect((error as Error).message).toContain(says);
  expect((error as Error).message).not.toMatch(/(research|vision)-(id|secret)/);
});
