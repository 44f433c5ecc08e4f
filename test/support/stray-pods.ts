/** Pods and jobs of the team red that try to run where its queue would not let them. */
import type { V1OwnerReference, V1PodSpec } from "@kubernetes/client-node";
import { hostNode } from "../../components/catalogue/labels.ts";
import { gangJob, unqueuedGangJob } from "./gangs.ts";

export const gang = { team: "red", pool: "h100", nodes: 1 };
/** What Kueue holds a pod with. */
export const gates = [{ name: "kueue.x-k8s.io/admission" }, { name: "kueue.x-k8s.io/topology" }];

/** A pod with all that a node of the pool, or another node, asks for, but without a queue. */
export function strayPod(
  name: string,
  spec: Partial<V1PodSpec> = {},
  ownerReferences: V1OwnerReference[] = [],
) {
  const { template } = unqueuedGangJob({ name, ...gang }).spec;
  const metadata = { name, ownerReferences };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { ...template.spec, ...spec } };
}

export const onHost = {
  nodeSelector: { [hostNode.label]: "true" },
  tolerations: [{ key: hostNode.label, operator: "Exists" }],
};

/** A queued job whose pods ask for more than a queue gives. */
export function queuedJob(name: string, spec: Partial<V1PodSpec>) {
  const job = gangJob({ name, ...gang });
  const template = { ...job.spec.template, spec: { ...job.spec.template.spec, ...spec } };
  return { ...job, spec: { ...job.spec, template } };
}
