import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { roleArn } from "../../components/cluster/aws-control-plane.ts";
import { reservationId, zoneName } from "../../components/cluster/aws-pool.ts";
import { chartMirrorField } from "../../components/cluster/helm-release.ts";
import { awsStack } from "../../stacks/aws-config.ts";
import { platformSections } from "../../stacks/entries.ts";
import { schemaFields } from "../support/schema-fields.ts";

const guide = readFileSync(new URL("../../docs/aws.md", import.meta.url), "utf8");

/** What the stacks of other environments do not have; the rest stands in configuration.md. */
const own = z.strictObject(
  Object.fromEntries(Object.entries(awsStack.shape).filter(([key]) => !(key in platformSections))),
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

const pattern = (schema: z.ZodType) => String(z.toJSONSchema(schema).pattern);

test("the guide lists every field of a stack on AWS, with its bounds and its default", () => {
  const fields = schemaFields(own, {
    "^[a-z]([-a-z0-9]*[a-z0-9])?$": "name",
    "^\\d{12}$": "twelve digits",
    "^[a-z]{2}(-[a-z]+)+-\\d$": "region",
    "^(10\\.\\d{1,3}|172\\.(1[6-9]|2\\d|3[01])|192\\.168)\\.0\\.0\\/16$": "private /16",
    "^1\\.\\d{2}$": "1.MINOR",
    "^1\\.\\d{2}\\.\\d{1,2}-\\d{8}$": "1.MINOR.PATCH-DATE",
    "^([0-9.]+\\/([89]|[12][0-9]|3[0-2]))$": "network",
    "^[a-z0-9][-a-z0-9]{2,40}$": "beginning of a bucket's name",
    [pattern(z.email())]: "mail address",
    [pattern(zoneName)]: "zone",
    [pattern(reservationId)]: "reservation",
    [pattern(roleArn)]: "ARN of a role",
    [pattern(chartMirrorField)]: "chart repository",
  });
  expect(documented.map(({ effect: _, ...field }) => field)).toEqual(fields);
});

test("the guide says what each field does", () => {
  expect(documented.filter(({ effect }) => !/^[A-Z].{6,}\.$/.test(effect))).toEqual([]);
});
