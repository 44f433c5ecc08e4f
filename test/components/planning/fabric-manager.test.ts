import { expect, test } from "vitest";
import { fabricManagerProblems } from "../../../components/planning/fabric-manager.ts";

test.each([
  { case: "one build", installed: { driver: "530.41.03", fabricManager: "530.41.03" }, want: [] },
  { case: "no fabric manager", installed: { driver: "530.41.03" }, want: [] },
  {
    case: "one branch and two builds (F25)",
    installed: { driver: "530.41.03", fabricManager: "530.30.02" },
    want: [
      {
        path: ["nodes", "gpu-0", "fabricManager"],
        given: "530.30.02",
        allowed: "530.41.03, the version of the driver to the last digit",
        remedy: "install fabric manager 530.41.03",
      },
    ],
  },
])("$case", ({ installed, want }) => {
  expect(fabricManagerProblems(["nodes", "gpu-0"], installed)).toEqual(want);
});
