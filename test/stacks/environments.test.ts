import { expect, test } from "vitest";
import { localAbilities } from "../../components/cluster/local.ts";
import { localPool } from "../../components/cluster/local-pool.ts";
import { environmentRules } from "../../stacks/environments.ts";
import { makePool } from "../support/aws-cluster.ts";

test("each environment says what its pools are, and whether its machine room is written down", () => {
  expect(environmentRules("local")).toMatchObject({
    pool: localPool,
    abilities: localAbilities,
    hasTopology: true,
  });
  const { pool, hasTopology } = environmentRules("aws");
  expect(hasTopology).toBe(false);
  expect(pool.parse(makePool())).toEqual(makePool());
});

test("an unknown one has the rules of the local one, and the schema tells the rest", () => {
  expect(environmentRules("azure")).toBe(environmentRules("local"));
  expect(environmentRules("local").problems({})).toEqual([]);
});
