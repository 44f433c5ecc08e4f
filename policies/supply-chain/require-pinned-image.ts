/** An image without a tag, or with the tag latest, changes under a running job and cannot be rolled back. */
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { isPinned, parseImage } from "../images.ts";
import { containersOf, judgeWorkloads, titleOf, type Workload } from "../workloads.ts";

export const requirePinnedImage: ResourceValidationPolicy = {
  name: "supply-chain-require-pinned-image",
  description: "Every container image names a release: a digest, or a tag other than latest.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: "Name the release in the image, best by digest: registry/name:tag@sha256:...",
  validateResource: judgeWorkloads(unpinnedImages),
};

export function* unpinnedImages(workload: Workload): Generator<string> {
  for (const container of containersOf(workload)) {
    const { image } = container;
    if (!image || isPinned(parseImage(image))) continue;
    const found =
      parseImage(image).tag === undefined ? "has neither tag nor digest" : "moves with the tag latest";
    yield `${titleOf(workload, container)} has the image "${image}", which ${found}; ` +
      "name a release by tag or digest.";
  }
}
