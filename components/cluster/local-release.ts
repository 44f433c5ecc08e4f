/** Values that a chart needs on one machine; placement, ports and certificates are the post-renderer's. */
import type { ChartName, ChartRelease } from "./contract.ts";

type Values = ChartRelease["values"];

const adaptations: Partial<Record<ChartName, (values: Values) => Values>> = { kueue, trainer, volcano };

/** The release's values with what the host node needs on top. */
export function hostValues({ chart, values }: ChartRelease): Values {
  return adaptations[chart]?.(values) ?? values;
}

function kueue(values: Values): Values {
  const controllerManager = section(values, "controllerManager");
  const gates = (controllerManager.featureGates ?? []) as readonly object[];
  return {
    ...values,
    controllerManager: {
      ...controllerManager,
      // The visibility server wants certificates of an aggregated API, which is not installed here.
      featureGates: [...gates, { name: "VisibilityOnDemand", enabled: false }],
    },
  };
}

/** Kinds are the cluster's own here. */
function trainer(values: Values): Values {
  return { ...values, crds: { enabled: false } };
}

/** A single process has nobody to elect, and would only wait for the lease of its killed predecessor. */
function volcano(values: Values): Values {
  return { ...values, custom: { ...section(values, "custom"), leader_elect_enable: false } };
}

function section(values: Values, name: string): Values {
  return (values[name] ?? {}) as Values;
}
