import { expect, test } from "vitest";
import { stackOutputs } from "../../stacks/outputs.ts";
import { makePlatform } from "../support/builders.ts";
import { record } from "../support/record.ts";

test("outputs are plain values, known at preview", async () => {
  let outputs: unknown;
  await record(() => {
    const { queueing, team } = makePlatform();
    outputs = stackOutputs([], queueing, [team], [], [], []);
  });
  expect(outputs).toEqual({
    pools: [],
    queues: [
      { name: "research-h100", team: "research", pool: "h100", nominal: 16, borrowingLimit: 8 },
      { name: "vision-h100", team: "vision", pool: "h100", nominal: 16, borrowingLimit: 0 },
    ],
    teams: [{ name: "research", namespace: "research" }],
    jobs: [],
    notebooks: [],
    inferenceServers: [],
  });
});
