/** What a chart needs on one machine: pods on the host node, free ports, ready-made certificates. */
import { hostNode } from "../catalogue/labels.ts";
import type { ChartName, ChartRelease } from "./contract.ts";

/** Ports that the cluster chose; every host process shares the machine's one network. */
export interface HostPorts {
  readonly kueueHealth: number;
  readonly kueueMetrics: number;
  readonly kueueWebhook: number;
}

type Values = ChartRelease["values"];

const placement = {
  nodeSelector: { [hostNode.label]: "true" },
  tolerations: [{ key: hostNode.label, operator: "Equal", value: "true", effect: "NoSchedule" }],
};

const adaptations: Record<ChartName, (values: Values, ports: HostPorts) => Values> = { kueue };

/** The release's values with what the host node needs on top. */
export function hostValues(release: ChartRelease, ports: HostPorts): Values {
  return adaptations[release.chart](release.values, ports);
}

/** A process answers within a second, so its probes need not wait as long as a container's. */
const promptProbe = {
  initialDelaySeconds: 0,
  periodSeconds: 1,
  timeoutSeconds: 1,
  failureThreshold: 3,
  successThreshold: 1,
};

function kueue(values: Values, ports: HostPorts): Values {
  const configuration = JSON.parse(
    String(section(values, "managerConfig").controllerManagerConfigYaml ?? "{}"),
  );
  return {
    ...values,
    controllerManager: {
      ...section(values, "controllerManager"),
      ...placement,
      replicas: 1,
      readinessProbe: promptProbe,
      // The visibility server wants certificates of an aggregated API, which is not installed here.
      featureGates: [{ name: "VisibilityOnDemand", enabled: false }],
    },
    managerConfig: {
      controllerManagerConfigYaml: JSON.stringify({
        ...configuration,
        health: { healthProbeBindAddress: `127.0.0.1:${ports.kueueHealth}` },
        metrics: { ...configuration.metrics, bindAddress: `127.0.0.1:${ports.kueueMetrics}` },
        webhook: { host: "127.0.0.1", port: ports.kueueWebhook },
        // A single process has nobody to elect, and would only wait for the lease of its killed predecessor.
        leaderElection: { leaderElect: false },
        internalCertManagement: { enable: false },
      }),
    },
  };
}

function section(values: Values, name: string): Values {
  return (values[name] ?? {}) as Values;
}
