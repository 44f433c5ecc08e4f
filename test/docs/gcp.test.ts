import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { chartMirrorField } from "../../components/cluster/helm-release.ts";
import { platformSections } from "../../stacks/entries.ts";
import { gcpStack } from "../../stacks/gcp-config.ts";
import { schemaFields } from "../support/schema-fields.ts";

const guide = readFileSync(new URL("../../docs/gcp.md", import.meta.url), "utf8");

/** What the stacks of other environments do not have; the rest stands in configuration.md. */
const own = z.strictObject(
  Object.fromEntries(
    Object.entries(gcpStack.shape).filter(([key]) => key === "objectStore" || !(key in platformSections)),
  ),
);

const documented = guide
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .filter(([, path = "", , fallback]) => /^`.*`$/.test(path) && fallback !== undefined)
  .map(([, path = "", allowed, fallback, effect = ""]) => ({
    path: path.replaceAll("`", ""),
    allowed,
    fallback,
    effect,
  }));

test("the guide lists every field of a stack on Google Cloud, with its bounds and its default", () => {
  const fields = schemaFields(own, {
    "^[a-z]([-a-z0-9]*[a-z0-9])?$": "name",
    "^[a-z][-a-z0-9]{4,28}[a-z0-9]$": "project",
    "^\\d{6,20}$": "digits",
    "^[a-z]+-[a-z]+\\d+$": "region",
    "^\\d{1,3}(\\.\\d{1,3}){3}\\/([89]|1\\d|2[0-9])$": "network",
    "^\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d:\\d\\dZ| \\d\\d:\\d\\d:\\d\\d \\+0000 UTC)$": "moment in UTC",
    "^[a-z]+-[a-z]+\\d+-[a-z0-9]+$": "zone",
    "^gke-security-groups@[a-z0-9.-]+$": "security group",
    "^[0-9A-F]{6}(-[0-9A-F]{6}){2}$": "billing account",
    [String(z.toJSONSchema(z.email()).pattern)]: "mail address",
    "^[a-z0-9]([-a-z0-9]*[a-z0-9])$": "beginning of a bucket's name",
    [String(z.toJSONSchema(chartMirrorField).pattern)]: "chart repository",
  });
  expect(documented.map(({ effect: _, ...field }) => field)).toEqual(fields);
});

test("the guide says what each field does", () => {
  expect(documented.filter(({ effect }) => !/^[A-Z].{6,}\.$/.test(effect))).toEqual([]);
});
