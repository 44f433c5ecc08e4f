import * as pulumi from "@pulumi/pulumi";
import { expect, test, vi } from "vitest";
import { makeStack } from "../support/builders.ts";
import { record } from "../support/record.ts";
import { storeEntry, storeKeys } from "../support/store.ts";

vi.mock("../../embedded/installation.ts", async () => {
  const { installation } = await import("../support/builders.ts");
  return { readInstallation: () => installation };
});

test("the program reads its two keys and exports the outputs, of which none is secret (F96)", async () => {
  const stack = { ...makeStack(), objectStore: storeEntry };
  Object.assign(stack.teams[0], { objectStore: true });
  await record(() => {
    pulumi.runtime.setConfig("project:platform", JSON.stringify(stack));
    pulumi.runtime.setConfig("project:objectStoreKeys", JSON.stringify(storeKeys));
  });
  const { pools, queues, teams, jobs } = await import("../../stacks/index.ts");
  expect(pools.map(({ name }) => name)).toEqual(["h100", "l40s"]);
  expect(queues.map(({ name }) => name)).toEqual(["research-h100", "vision-h100", "vision-l40s"]);
  expect(teams.map(({ namespace }) => namespace)).toEqual(["research", "vision"]);
  expect(jobs).toEqual([{ namespace: "research", name: "pretrain", accelerators: 16 }]);
});
