import { expect, test } from "vitest";
import { localAbilities } from "../../components/cluster/local.ts";
import { localPool } from "../../components/cluster/local-pool.ts";
import { environmentRules } from "../../stacks/environments.ts";
import { makePool, zones } from "../support/aws-cluster.ts";

test("each environment says what its pools are, and whether its machine room is written down", () => {
  expect(environmentRules("local")).toMatchObject({
    pool: localPool,
    abilities: localAbilities,
    hasTopology: true,
  });
  const { pool, hasTopology } = environmentRules("aws");
  expect(hasTopology).toBe(false);
  const read = makePool();
  expect(pool.parse({ name: "l4", machine: "g6.4xlarge", nodes: 4, zones })).toEqual(read);
  expect(pool.parse(read)).toEqual(read);
  expect(pool.safeParse("l4").success).toBe(false);
});

test("an unknown one has the rules of the local one, and the schema tells the rest", () => {
  expect(environmentRules("azure")).toBe(environmentRules("local"));
  expect(environmentRules("local").problems({})).toEqual([]);
});
