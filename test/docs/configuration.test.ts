import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { chartMirrorField } from "../../components/cluster/helm-release.ts";
import { metalLbFields } from "../../components/cluster/metal-lb.ts";
import { gpuOperatorFields } from "../../components/gpu/gpu-operator.ts";
import { extendedResourceName, labelKey } from "../../components/names.ts";
import { s3StoreFields } from "../../components/storage/s3-store.ts";
import { localStack, onpremStack } from "../../stacks/config.ts";
import { schemaFields } from "../support/schema-fields.ts";

const guide = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");

/** The section of the fields that a cluster has which exists already, and all others. */
const [before = "", site = "", after = ""] = guide.split(/^## (?=A cluster that|Network between)/m);

/** Cells of each row that begins with a field's path in backticks. */
function documentedFields(text: string) {
  return text
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter(([, path = ""]) => /^`.*`$/.test(path))
    .map(([, path = "", allowed, fallback, effect = ""]) => ({
      path: path.replaceAll("`", ""),
      allowed,
      fallback,
      effect,
    }));
}

function withoutEffects(text: string) {
  return documentedFields(text).map(({ effect: _, ...field }) => field);
}

/** How the guide calls texts of a pattern. */
const nouns = {
  "^[a-z]([-a-z0-9]*[a-z0-9])?$": "name",
  "^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$": "label value",
  "^[1-7]g\\.[0-9]{1,3}gb(\\+me)?$": "MIG profile",
  "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$": "dotted name",
  [String(z.toJSONSchema(extendedResourceName).pattern)]: "extended resource",
  [String(z.toJSONSchema(s3StoreFields.url).pattern)]: "S3 address",
  [String(z.toJSONSchema(s3StoreFields.endpoint).pattern)]: "http address",
  [String(z.toJSONSchema(s3StoreFields.region).pattern)]: "region",
  [String(z.toJSONSchema(s3StoreFields.cidrs.element).pattern)]: "network",
  "^[^\\s@]+@sha256:[0-9a-f]{64}$": "image with digest",
  "^2\\.\\d+\\.\\d+$": "2.MINOR.PATCH",
  "^[^\\s:/]+:\\d{1,5}$": "host:port",
  "^(?!system:)[^\\s]+$": "user name",
  "^(\\/[A-Za-z0-9_.-]+)+$": "absolute path",
  "^[A-Za-z0-9][A-Za-z0-9._-]*$": "key name",
  "^[0-9a-f]{64}$": "SHA-256",
  [String(z.toJSONSchema(labelKey).pattern)]: "label key",
  [String(z.toJSONSchema(chartMirrorField).pattern)]: "chart repository",
  [String(z.toJSONSchema(metalLbFields.addresses.element).pattern)]: "IPv4 network or range",
  [String(z.toJSONSchema(gpuOperatorFields.driverVersion).pattern)]: "driver version",
};

const localFields = schemaFields(localStack, nouns);

test("the guide lists every field of a stack file, with its bounds and its default", () => {
  expect([...withoutEffects(before), ...withoutEffects(after)]).toEqual(localFields);
});

test("and those that only a cluster has which exists already", () => {
  const shared = new Set(localFields.map(({ path }) => path));
  const own = schemaFields(onpremStack, nouns).filter(({ path }) => !shared.has(path));
  expect(withoutEffects(site)).toEqual(own);
});

test("the guide says what each field does", () => {
  expect(documentedFields(guide).filter(({ effect }) => !/^[A-Z].{10,}\.$/.test(effect))).toEqual([]);
});
