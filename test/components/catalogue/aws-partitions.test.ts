import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { partitionOf } from "../../../components/catalogue/aws-partitions.ts";

interface Partition {
  readonly id: string;
  readonly regions: Readonly<Record<string, object>>;
}

/** The SDK's own table, a module that it does not export. */
const file = "node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js";
const text = readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");
const { partitions }: { partitions: Partition[] } = JSON.parse(
  text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1),
);

test.each(partitions)("every region of $id is known to be of it", ({ id, regions }) => {
  const names = Object.keys(regions).filter((name) => !name.endsWith("-global"));
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => partitionOf(name) !== id)).toEqual([]);
});
