import * as pulumi from "@pulumi/pulumi";
import { expect, test, vi } from "vitest";
import { makeStack } from "../support/builders.ts";
import { record } from "../support/record.ts";

vi.mock("../../embedded/installation.ts", async () => {
  const { installation } = await import("../support/builders.ts");
  return { readInstallation: () => installation };
});

test("the program reads the key `platform` and exports the outputs", async () => {
  await record(() => pulumi.runtime.setConfig("project:platform", JSON.stringify(makeStack())));
  const { pools, queues, teams, jobs } = await import("../../stacks/index.ts");
  expect(pools.map(({ name }) => name)).toEqual(["h100", "l40s"]);
  expect(queues.map(({ name }) => name)).toEqual(["research-h100", "vision-h100", "vision-l40s"]);
  expect(teams.map(({ namespace }) => namespace)).toEqual(["research", "vision"]);
  expect(jobs).toEqual([{ namespace: "research", name: "pretrain", accelerators: 16 }]);
});
