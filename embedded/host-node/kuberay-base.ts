/** Completes KubeRay's kustomize base, which its overlays and its flags would: namespace, image, ports. */
import { trainingControllers } from "../../components/catalogue/controllers.ts";
import { images } from "../../components/catalogue/versions.ts";
import type { ControllerPorts } from "../cluster/state-directory.ts";
import type { Manifest } from "./post-render.ts";

const { namespace } = trainingControllers.kuberay;

interface Subjects {
  subjects: readonly object[];
}

interface Workload {
  spec: { template: { spec: { containers: Container[] } } };
}
interface Container {
  readinessProbe: object;
  livenessProbe: object;
}

/** The manifest with what the base leaves to others. */
export function completeKuberay(manifest: Manifest, ports: ControllerPorts): Manifest {
  const isClusterWide = manifest.kind?.startsWith("Cluster") ?? false;
  const placed = isClusterWide ? manifest : { ...manifest, metadata: { ...manifest.metadata, namespace } };
  if (manifest.kind?.endsWith("RoleBinding")) return { ...placed, ...withNamespace(manifest) };
  return manifest.kind === "Deployment" ? { ...placed, spec: completeSpec(manifest, ports) } : placed;
}

function withNamespace(manifest: Manifest): Subjects {
  const { subjects } = manifest as unknown as Subjects;
  return { subjects: subjects.map((subject) => ({ ...subject, namespace })) };
}

function completeSpec(manifest: Manifest, ports: ControllerPorts): object {
  const { spec } = manifest as unknown as Workload;
  const containers = spec.template.spec.containers.map((container) => ({
    ...container,
    image: images.kuberay.reference,
    // Heads of simulated clusters have no dashboard: what the operator asks them, it asks our stand-in. The
    // operator serves no webhooks, so their port is free for it.
    env: [{ name: "HTTP_PROXY", value: `http://127.0.0.1:${ports.webhook}` }],
    args: [
      `--metrics-addr=127.0.0.1:${ports.metrics}`,
      `--health-probe-bind-address=127.0.0.1:${ports.health}`,
      "--enable-leader-election=false",
    ],
    readinessProbe: { ...container.readinessProbe, httpGet: { path: "/readyz", port: ports.health } },
    livenessProbe: { ...container.livenessProbe, httpGet: { path: "/healthz", port: ports.health } },
  }));
  return { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, containers } } };
}
