/** Addresses at which models answer on this machine. */
import type { V1Deployment, V1Service } from "@kubernetes/client-node";
import { hostNode, inferenceLabels, platformLabels } from "../../components/catalogue/labels.ts";
import { serviceAddress } from "../host-node/pod-address.ts";

export interface EndpointStatus {
  /** Of the inference server. */
  name: string;
  team: string;
  /** For clients of OpenAI's API on this machine. */
  address: string;
  /** Replicas that answer, of how many. */
  ready: string;
}

/** One row per server whose pods are processes of this machine; those of simulated nodes answer nobody. */
export function endpointStatuses(
  deployments: readonly V1Deployment[],
  services: readonly V1Service[],
): EndpointStatus[] {
  return deployments.filter(isOnHost).flatMap(({ metadata, spec, status }) => {
    const name = metadata?.labels?.[inferenceLabels.server] ?? "";
    const service = services.find(
      (candidate) =>
        candidate.metadata?.namespace === metadata?.namespace && candidate.metadata?.name === metadata?.name,
    );
    const { clusterIP, ports = [] } = service?.spec ?? {};
    if (!clusterIP) return [];
    return [
      {
        name,
        team: metadata?.labels?.[platformLabels.team] ?? "",
        address: `http://${serviceAddress(clusterIP)}:${ports[0]?.port}/v1`,
        ready: `${status?.readyReplicas ?? 0} of ${spec?.replicas ?? 1}`,
      },
    ];
  });
}

function isOnHost({ spec }: V1Deployment): boolean {
  return spec?.template.spec?.nodeSelector?.[hostNode.label] === "true";
}
