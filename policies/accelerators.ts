/** What workloads ask of accelerators and how they choose the nodes that have them. */
import type { V1NodeSelectorRequirement, V1PodSpec, V1Toleration } from "@kubernetes/client-node";
import { acceleratorResourcePattern, platformLabels } from "../components/catalogue/labels.ts";
import { parseQuantity } from "./quantity.ts";
import { type Container, containersOf, type Workload } from "./workloads.ts";

/**
 * Labels that tell pools of accelerators apart, besides the platform's own: those of GPU Feature Discovery,
 * and those that clouds and Karpenter put on nodes for the machine type or the pool.
 */
const poolLabelPatterns: readonly RegExp[] = [
  /^nvidia\.com\/(gpu|mig)\./,
  /^node\.kubernetes\.io\/instance-type$/,
  /^cloud\.google\.com\/gke-(nodepool|accelerator|tpu-accelerator|tpu-topology)$/,
  /^eks\.amazonaws\.com\/nodegroup$/,
  /^karpenter\.(sh\/nodepool|k8s\.aws\/instance-[a-z-]+)$/,
];

/** Accelerator resources that a container asks for, by request or by limit. */
export function acceleratorsOfContainer({ resources }: Container): string[] {
  const { requests, limits } = resources ?? {};
  const names = new Set([...Object.keys(requests ?? {}), ...Object.keys(limits ?? {})]);
  return [...names].filter((name) => {
    if (!acceleratorResourcePattern.test(name)) return false;
    return [requests?.[name], limits?.[name]].some((amount) => amount && parseQuantity(amount) !== 0n);
  });
}

/** Accelerator resources that any container of a workload asks for. */
export function acceleratorsOf(workload: Workload): string[] {
  return [...new Set(containersOf(workload).flatMap(acceleratorsOfContainer))];
}

/** Claims by which a workload's pods get devices; which devices, only their templates say. */
export function claimsOf({ pod }: Workload): string[] {
  return (pod.spec?.resourceClaims ?? []).map(({ name }) => `claim ${name}`);
}

/** The key of the taint on nodes that have a resource; slices of a GPU lie on nodes with the GPU's taint. */
export function taintKeyOf(acceleratorResource: string): string {
  return acceleratorResource.startsWith("nvidia.com/") ? "nvidia.com/gpu" : acceleratorResource;
}

/** Whether a toleration lets a pod onto nodes with the taint; one without a key tolerates every taint. */
export function tolerates({ key, operator, effect }: V1Toleration, taintKey: string): boolean {
  const matchesKey = key ? key === taintKey : operator === "Exists";
  return matchesKey && (!effect || effect === "NoSchedule");
}

/** Labels by which the pod selects a pool, whether by nodeSelector or by a required node affinity. */
export function poolSelectors(spec: Partial<V1PodSpec>): string[] {
  return [...new Set([...Object.keys(spec.nodeSelector ?? {}), ...affinityTerms(spec).flat()])].filter(
    isPoolLabel,
  );
}

/** Whether the pod runs in chosen pools only. An affinity's terms are alternatives, so each must choose. */
export function selectsPool(spec: Partial<V1PodSpec>): boolean {
  if (Object.keys(spec.nodeSelector ?? {}).some(isPoolLabel)) return true;
  const terms = affinityTerms(spec);
  return terms.length > 0 && terms.every((keys) => keys.some(isPoolLabel));
}

function affinityTerms({ affinity }: Partial<V1PodSpec>): string[][] {
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return (required?.nodeSelectorTerms ?? []).map((term) => (term.matchExpressions ?? []).flatMap(chosenKey));
}

/** An expression that only excludes values chooses no pool. */
function chosenKey({ key, operator }: V1NodeSelectorRequirement): string[] {
  return operator === "NotIn" || operator === "DoesNotExist" ? [] : [key];
}

function isPoolLabel(label: string): boolean {
  return label === platformLabels.pool || poolLabelPatterns.some((pattern) => pattern.test(label));
}
