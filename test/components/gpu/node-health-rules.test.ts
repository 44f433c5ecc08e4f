import { expect, test } from "vitest";
import { nodeHealthProblems } from "../../../components/gpu/node-health-rules.ts";

test.each([
  { backend: "kueue", want: [] },
  { backend: "volcano", want: ['node health beside the queueing backend "volcano"'] },
  { backend: "kai", want: ['node health beside the queueing backend "kai"'] },
] as const)("with $backend", ({ backend, want }) => {
  expect(nodeHealthProblems(["nodeHealth"], backend).map(({ given }) => given)).toEqual(want);
});
