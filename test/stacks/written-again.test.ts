import { expect, test } from "vitest";
import { awsPool } from "../../components/cluster/aws-pool.ts";
import { writtenAgain } from "../../stacks/written-again.ts";
import { makePool, zones } from "../support/aws-cluster.ts";

test("a pool is read the same, however often", () => {
  const pool = writtenAgain(awsPool);
  const read = makePool();
  expect(pool.parse({ name: "l4", machine: "g6.4xlarge", nodes: 4, zones })).toEqual(read);
  expect(pool.parse(read)).toEqual(read);
});

test("what is malformed stays so", () => {
  expect(writtenAgain(awsPool).safeParse("l4").success).toBe(false);
  expect(writtenAgain(awsPool).safeParse({ ...makePool(), zones: [] }).success).toBe(false);
});
