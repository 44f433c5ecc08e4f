/** Fits Volcano's chart to one machine: its two programs take their ports from flags, and have no probes. */
import { images } from "../../components/catalogue/versions.ts";
import type { ControllerPorts } from "../cluster/state-directory.ts";
import { imageRepository } from "./programs.ts";

interface Container {
  readonly image: string;
  readonly args: readonly string[];
}
interface Workload {
  readonly kind?: string;
  readonly spec?: unknown;
}

/** The manifest with ports and probes where it runs one of the two programs; others as they are. */
export function completeVolcano<Manifest extends Workload>(
  manifest: Manifest,
  ports: ControllerPorts,
): Manifest {
  if (manifest.kind !== "Deployment") return manifest;
  const spec = manifest.spec as { template: { spec: { containers: Container[] } } };
  const containers = spec.template.spec.containers.map((container) => complete(container, ports));
  const template = { ...spec.template, spec: { ...spec.template.spec, containers } };
  return { ...manifest, spec: { ...spec, template } };
}

/** Volcano serves no webhook here, so that port is free for the second program. */
function complete({ image, args, ...container }: Container, { health, metrics, webhook }: ControllerPorts) {
  const isScheduler = imageRepository(image) === images.volcanoScheduler.repository;
  const own = isScheduler ? health : webhook;
  const flags = isScheduler
    ? [`--listen-address=127.0.0.1:${metrics}`, "--cache-dumper=false"]
    : ["--enable-metrics=false"];
  return {
    ...container,
    image,
    // The chart writes for a shell, which no image of it has.
    args: [...args.filter((arg) => arg !== "2>&1"), `--healthz-address=127.0.0.1:${own}`, ...flags],
    readinessProbe: { httpGet: { path: "/healthz", port: own }, periodSeconds: 1, failureThreshold: 3 },
  };
}
