/** Addresses of pods and Services of the host node, all of them of this machine alone. */
import { createHash } from "node:crypto";
import type { V1Container, V1Pod, V1Probe } from "@kubernetes/client-node";

/** What all programs share that need no address of their own. */
export const sharedAddress = "127.0.0.1";

/**
 * An address of a pod's own, by which several can listen on the same port: 127.128.0.1 to 127.191.255.254.
 * Linux takes every address of 127.0.0.0/8 for this machine's, and nobody has to give it to it first.
 */
export function podAddress(uid: string): string {
  const [a = 0, b = 0, c = 0] = createHash("sha256").update(uid).digest();
  return `127.${128 + (a % 64)}.${b}.${1 + (c % 254)}`;
}

/** Where this machine reaches a Service: its cluster address, moved to where anybody may listen. */
export function serviceAddress(clusterIP: string): string {
  return clusterIP.replace(/^\d+/, "127");
}

/** The pod as if the network had given it this address, which its variables and probes then have. */
export function withAddress(pod: V1Pod, address: string): V1Pod {
  const { spec, status } = pod;
  if (!spec) return pod;
  const containers = spec.containers.map((container) => probedAt(container, address));
  return { ...pod, spec: { ...spec, containers }, status: { ...status, podIP: address } };
}

function probedAt(container: V1Container, host: string): V1Container {
  const at = (probe: V1Probe | undefined) =>
    probe && {
      ...probe,
      ...(probe.httpGet && { httpGet: { host, ...probe.httpGet } }),
      ...(probe.tcpSocket && { tcpSocket: { host, ...probe.tcpSocket } }),
    };
  const { startupProbe, readinessProbe, livenessProbe } = container;
  return {
    ...container,
    startupProbe: at(startupProbe),
    readinessProbe: at(readinessProbe),
    livenessProbe: at(livenessProbe),
  };
}
