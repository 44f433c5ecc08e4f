import { expect, test } from "vitest";
import { formatPath } from "../../../components/planning/problem.ts";
import { gangProblems, kindProblems } from "../../../components/training/gang-rules.ts";

const kueue = { backend: "kueue", elasticJobs: true } as const;
const volcano = { backend: "volcano", elasticJobs: false } as const;

test.each([
  { case: "Kueue gathers a gang on one node", queue: kueue, domain: "node", elasticBy: undefined, want: [] },
  {
    case: "Volcano gathers a gang in a rack",
    queue: volcano,
    domain: "rack",
    elasticBy: undefined,
    want: [],
  },
  { case: "no domain", queue: volcano, domain: undefined, elasticBy: undefined, want: [] },
  {
    case: "Volcano knows no domain of one node",
    queue: volcano,
    domain: "node",
    elasticBy: undefined,
    want: ["jobs[0].topology.domain"],
  },
  {
    case: "nor by the node's label",
    queue: volcano,
    domain: "kubernetes.io/hostname",
    elasticBy: undefined,
    want: ["jobs[0].topology.level"],
  },
  { case: "a job that grows", queue: kueue, domain: undefined, elasticBy: "elastic", want: [] },
  {
    case: "a job that grows where that is off",
    queue: { ...kueue, elasticJobs: false },
    domain: undefined,
    elasticBy: "elastic",
    want: ["jobs[0].elastic"],
  },
  {
    case: "a job that grows in one rack",
    queue: kueue,
    domain: "rack",
    elasticBy: "elastic",
    want: ["jobs[0].elastic"],
  },
  {
    case: "a Ray cluster that scales, in one rack, where that is off",
    queue: { ...kueue, elasticJobs: false },
    domain: "rack",
    elasticBy: "autoscaling",
    want: ["jobs[0].autoscaling", "jobs[0].autoscaling"],
  },
] as const)("$case", ({ queue, domain, elasticBy, want }) => {
  const problems = gangProblems(["jobs", 0], { domain, elasticBy }, queue);
  expect(problems.map(({ path }) => formatPath(path))).toEqual(want);
});

test("kinds that wait by Kueue's labels wait nowhere else", () => {
  expect(kindProblems(["jobs", 0], "kuberay", "kueue")).toEqual([]);
  expect(kindProblems(["jobs", 0], "kuberay", "volcano")).toEqual([
    {
      path: ["jobs", 0, "kind"],
      given: "a kind that kuberay serves",
      allowed: 'a plain gang with backend "volcano": pods of other kinds would be in nobody\'s quota',
      remedy: 'make it a plain gang, or use backend "kueue"',
    },
  ]);
});
