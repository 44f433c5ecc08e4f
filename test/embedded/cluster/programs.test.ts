/** The programs that a supervisor is given are checked at its border. */
import { expect, test } from "vitest";
import { clusterPrograms, definitionDirectories } from "../../../embedded/cluster/programs.ts";
import { without } from "../../support/record.ts";

const programs = {
  etcd: "/bin/etcd",
  kubeApiServer: "/bin/kube-apiserver",
  kubeControllerManager: "/bin/kube-controller-manager",
  kubeScheduler: "/bin/kube-scheduler",
  kwok: "/bin/kwok",
  kueue: "/bin/kueue",
  kwokStages: "/share/stages",
  kueueChart: "/share/chart",
  kueueCrds: "/share/crds",
};

const jobset = { program: "/bin/jobset", chart: "/share/jobset/chart", crds: "/share/jobset/crds" };

test.each([
  { case: "whole", given: programs, want: [] },
  { case: "without etcd", given: without(programs, "etcd"), want: [["etcd"]] },
  {
    case: "with a path that depends on where one stands",
    given: { ...programs, kwok: "kwok" },
    want: [["kwok"]],
  },
  {
    case: "with a controller",
    given: { ...programs, controllers: { jobset } },
    want: [],
  },
  {
    case: "with a controller that lacks its chart",
    given: { ...programs, controllers: { jobset: without(jobset, "chart") } },
    want: [["controllers", "jobset", "chart"]],
  },
  { case: "with an unknown part", given: { ...programs, konnectivity: "/x" }, want: [[]] },
])("$case", ({ given, want }) => {
  const parsed = clusterPrograms.safeParse(given);
  expect(parsed.error?.issues.map(({ path }) => path) ?? []).toEqual(want);
});

test("definitions are the same list, whoever asked first", () => {
  const trainer = { program: "/bin/trainer", chart: "/share/trainer/chart", crds: "/share/trainer/crds" };
  const want = ["/share/crds", "/share/jobset/crds", "/share/trainer/crds"];
  expect(definitionDirectories({ ...programs, controllers: { jobset, trainer } })).toEqual(want);
  expect(definitionDirectories({ ...programs, controllers: { trainer, jobset } })).toEqual(want);
});
