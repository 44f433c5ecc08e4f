/** A tag can be pushed again; only a digest says that what was tested is what runs. */
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { isPinned, parseImage } from "../images.ts";
import { containersOf, judgeWorkloads, titleOf, type Workload } from "../workloads.ts";

export const requireImageDigest: ResourceValidationPolicy = {
  name: "supply-chain-require-image-digest",
  description: "Every container image is named by its digest.",
  enforcementLevel: "advisory",
  severity: "medium",
  remediationSteps: "Append the digest of the tested image to its name: registry/name:tag@sha256:...",
  validateResource: judgeWorkloads(imagesByTag),
};

/** Images without any release are left to the rule that refuses them. */
export function* imagesByTag(workload: Workload): Generator<string> {
  for (const container of containersOf(workload)) {
    const { image } = container;
    if (!image) continue;
    const reference = parseImage(image);
    if (reference.digest !== undefined || !isPinned(reference)) continue;
    yield `${titleOf(workload, container)} has the image "${image}", named by tag only; ` +
      "append @sha256: and its digest.";
  }
}
