import { expect, test } from "vitest";
import { gcsStoreConfig } from "../../../components/storage/gcp-fields.ts";

test("old versions stay for a month, and data that nobody reads gets cheaper", () => {
  const written = { bucketPrefix: "acme-ai" };
  expect(gcsStoreConfig.parse(written)).toEqual({ ...written, oldVersionDays: 30, autoclass: true });
});

test.each([
  { case: "capitals", bucketPrefix: "Acme" },
  { case: "a dash at the end", bucketPrefix: "acme-" },
  { case: "too short", bucketPrefix: "a" },
])("a bucket's name with $case is refused", ({ bucketPrefix }) => {
  expect(gcsStoreConfig.safeParse({ bucketPrefix }).success).toBe(false);
});
