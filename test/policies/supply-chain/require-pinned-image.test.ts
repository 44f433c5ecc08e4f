import { expect, test } from "vitest";
import { requirePinnedImage, unpinnedImages } from "../../../policies/supply-chain/require-pinned-image.ts";
import { workloadsOf } from "../../../policies/workloads.ts";
import { findings, only } from "../../support/policy-findings.ts";
import { makeQueued } from "../../support/policy-objects.ts";

const digest = "sha256:ee6521f290b2168b6e0935a181d4cff9be1ac3f505666ef0e3c98fae8199917a";

test.each([
  { case: "a digest", image: `train@${digest}`, found: undefined },
  { case: "latest with a digest", image: `train:latest@${digest}`, found: undefined },
  { case: "no tag", image: "train", found: "has neither tag nor digest" },
  {
    case: "a registry's port is no tag",
    image: "registry.example:5000/train",
    found: "has neither tag nor digest",
  },
  { case: "latest", image: "train:latest", found: "moves with the tag latest" },
])("$case", ({ image, found }) => {
  const job = makeQueued("batch/v1:Job", { container: { image } });
  const message =
    `Job "train": container "main" has the image "${image}", which ${found}; ` +
    "name a release by tag or digest.";
  const want = found === undefined ? [] : [message];
  const workload = workloadsOf(job)[0];
  expect(workload && [...unpinnedImages(workload)]).toEqual(want);
  expect(findings([job])).toEqual(only(requirePinnedImage, want));
});
