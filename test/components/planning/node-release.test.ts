import { expect, test } from "vitest";
import { releaseProblems } from "../../../components/planning/node-release.ts";

test.each(["1.36.4-20261101", "1.33.9-20260714"])("%s joins a control plane of 1.36", (release) => {
  expect(releaseProblems(["release"], release, "1.36")).toEqual([]);
});

test("a pool may name none", () => {
  expect(releaseProblems(["release"], undefined, "1.36")).toEqual([]);
});

test("nodes are never newer than their control plane", () => {
  expect(releaseProblems(["release"], "1.37.0-20261101", "1.36")).toEqual([
    {
      path: ["release"],
      given: "1.37.0-20261101: nodes of 1.37 under a control plane of 1.36",
      allowed: "1.33 to 1.36: at most 3 minor versions older, and never newer",
      remedy: "take a release of 1.36, or raise kubernetesVersion first, one minor at a time",
    },
  ]);
});

test("nor more than three minor versions older", () => {
  expect(releaseProblems(["release"], "1.32.9-20260714", "1.36")).toEqual([
    {
      path: ["release"],
      given: "1.32.9-20260714: nodes of 1.32 under a control plane of 1.36",
      allowed: "1.33 to 1.36: at most 3 minor versions older, and never newer",
      remedy: "take a release of 1.36",
    },
  ]);
});
