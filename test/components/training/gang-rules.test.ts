import { expect, test } from "vitest";
import { gangProblems } from "../../../components/training/gang-rules.ts";

test.each([
  { case: "Kueue gathers a gang on one node", backend: "kueue", domain: "node", want: [] },
  { case: "Volcano gathers a gang in a rack", backend: "volcano", domain: "rack", want: [] },
  { case: "no domain", backend: "volcano", domain: undefined, want: [] },
  { case: "Volcano knows no domain of one node", backend: "volcano", domain: "node", want: ["domain"] },
  {
    case: "nor by the node's label",
    backend: "volcano",
    domain: "kubernetes.io/hostname",
    want: ["level"],
  },
] as const)("$case", ({ backend, domain, want }) => {
  const problems = gangProblems(["jobs", 0], { domain }, backend);
  expect(problems.map(({ path }) => path)).toEqual(want.map((key) => ["jobs", 0, "topology", key]));
});
