import { expect, test } from "vitest";
import { imagesByTag, requireImageDigest } from "../../../policies/supply-chain/require-image-digest.ts";
import { workloadsOf } from "../../../policies/workloads.ts";
import { findings, only } from "../../support/policy-findings.ts";
import { makeQueued } from "../../support/policy-objects.ts";

test("an image by tag is told", () => {
  const job = makeQueued("batch/v1:Job", { container: { image: "registry.example:5000/train:1.0" } });
  const want = [
    'Job "train": container "main" has the image "registry.example:5000/train:1.0", named by tag only; ' +
      "append @sha256: and its digest.",
  ];
  const workload = workloadsOf(job)[0];
  expect(workload && [...imagesByTag(workload)]).toEqual(want);
  expect(findings([job])).toEqual(only(requireImageDigest, want));
});

test.each(["train", "train:latest"])("%s is left to the rule that refuses it", (image) => {
  const workload = workloadsOf(makeQueued("batch/v1:Job", { container: { image } }))[0];
  expect(workload && [...imagesByTag(workload)]).toEqual([]);
});
