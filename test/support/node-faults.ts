/** Makes nodes of a test's platform ill and well again, as agents on real nodes would report it. */
import type { V1Node } from "@kubernetes/client-node";
import { platformLabels, simulationAnnotations } from "../../components/catalogue/labels.ts";
import type { KubeApi } from "../../embedded/cluster/kube-api.ts";
import { eventually } from "./platform.ts";

export type Condition = Pick<
  NonNullable<NonNullable<V1Node["status"]>["conditions"]>[number],
  "type" | "status" | "reason" | "message"
>;

/** As NVSentinel says that a GPU is off the bus. */
export const offTheBus: Condition = {
  type: "SysLogsXIDError",
  status: "True",
  reason: "SysLogsXIDErrorIsNotHealthy",
  message: "ErrorCode:79 PCI:0000:b4:00 GPU has fallen off the bus Recommended Action=RESTART_BM;",
};

/** As the EKS node monitoring agent says that its diagnostics failed. */
export const doubtful: Condition = {
  type: "AcceleratedHardwareReady",
  status: "False",
  reason: "DCGMDiagnosticFailure",
  message: "a test case failed",
};

/** The same condition once nothing is wrong any more. */
export function cured({ type, status }: Condition): Condition {
  return { type, status: status === "True" ? "False" : "True", reason: "Healthy", message: "" };
}

/** Sets conditions of a node; `time` is what the reporter's clock says. */
export async function report(
  api: KubeApi,
  node: string,
  condition: Condition,
  time = new Date(),
): Promise<void> {
  const stamped = { ...condition, lastHeartbeatTime: time, lastTransitionTime: time };
  const path = `/api/v1/nodes/${node}`;
  await eventually(async () => {
    const { metadata, status } = await api.get<V1Node>(path);
    const others = (status?.conditions ?? []).filter(({ type }) => type !== condition.type);
    // The version makes it fail, and be tried again, if the node's own reporter was faster.
    const { resourceVersion } = metadata ?? {};
    const body = { metadata: { resourceVersion }, status: { conditions: [...others, stamped] } };
    return api.mergePatch(`${path}/status`, body).then(
      () => true,
      () => false,
    );
  }, Boolean);
}

/** Stops a simulated node's kubelet from reporting Ready, or lets it report again. */
export async function setReady(api: KubeApi, node: string, isReady: boolean): Promise<void> {
  const annotations = { [simulationAnnotations.notReady]: isReady ? null : "true" };
  await api.mergePatch(`/api/v1/nodes/${node}`, { metadata: { annotations } });
}

/** What the controller has put on a node. */
export interface Marks {
  readonly taints: string[];
  readonly isCordoned: boolean;
}

export function marksOf({ spec }: V1Node): Marks {
  const taints = (spec?.taints ?? [])
    .filter(({ key }) => key === platformLabels.unhealthy)
    .map(({ value, effect }) => `${value}:${effect}`)
    .sort();
  return { taints, isCordoned: spec?.unschedulable ?? false };
}
