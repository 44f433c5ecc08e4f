/** Completes a project's kustomize base, which its overlays would: namespace, image, flags. */
import type { ControllerPorts } from "../cluster/state-directory.ts";
import type { Manifest } from "./post-render.ts";

export interface KustomizeBase {
  readonly namespace: string;
  /** What the one container of its Deployment gets on top of the base's own. */
  readonly container: (container: BaseContainer, ports: ControllerPorts) => object;
}

export interface BaseContainer {
  readonly readinessProbe?: object;
  readonly livenessProbe?: object;
}

interface Subjects {
  subjects: readonly object[];
}

interface Workload {
  spec: { template: { spec: { containers: BaseContainer[] } } };
}

/** The manifest with what the base leaves to others. */
export function completeBase(manifest: Manifest, base: KustomizeBase, ports: ControllerPorts): Manifest {
  const { namespace } = base;
  const isClusterWide = manifest.kind?.startsWith("Cluster") ?? false;
  const placed = isClusterWide ? manifest : { ...manifest, metadata: { ...manifest.metadata, namespace } };
  if (manifest.kind?.endsWith("RoleBinding")) return { ...placed, ...withNamespace(manifest, namespace) };
  return manifest.kind === "Deployment" ? { ...placed, spec: completeSpec(manifest, base, ports) } : placed;
}

function withNamespace(manifest: Manifest, namespace: string): Subjects {
  const { subjects } = manifest as unknown as Subjects;
  return { subjects: subjects.map((subject) => ({ ...subject, namespace })) };
}

function completeSpec(manifest: Manifest, base: KustomizeBase, ports: ControllerPorts): object {
  const { spec } = manifest as unknown as Workload;
  const containers = spec.template.spec.containers.map((container) => ({
    ...container,
    ...base.container(container, ports),
  }));
  return { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, containers } } };
}
