/** Releases of machine images against the control plane that their nodes join. */
import { nodeSkewMinors } from "../catalogue/eks.ts";
import type { Path, Problem } from "./problem.ts";
import { minorVersion } from "./version-order.ts";

/** A release such as 1.36.0-20260714, if one is named, under a control plane of 1.36. */
export function releaseProblems(
  path: Path,
  release: string | undefined,
  kubernetesVersion: string,
): Problem[] {
  if (release === undefined) return [];
  const nodes = minorVersion(release);
  const behind = minorOf(kubernetesVersion) - minorOf(nodes);
  if (behind >= 0 && behind <= nodeSkewMinors) return [];
  const oldest = `1.${minorOf(kubernetesVersion) - nodeSkewMinors}`;
  const skew = `at most ${nodeSkewMinors} minor versions older, and never newer`;
  const own = `take a release of ${kubernetesVersion}`;
  return [
    {
      path,
      given: `${release}: nodes of ${nodes} under a control plane of ${kubernetesVersion}`,
      allowed: `${oldest} to ${kubernetesVersion}: ${skew}`,
      remedy: behind < 0 ? `${own}, or raise kubernetesVersion first, one minor at a time` : own,
    },
  ];
}

function minorOf(version: string): number {
  return Number(version.split(".")[1]);
}
