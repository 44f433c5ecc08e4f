/** Programs of the host node that are not ready, with their last words: why an update waited in vain. */
import { readFileSync } from "node:fs";
import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import { hostNode } from "../../components/catalogue/labels.ts";
import type { KubeApi } from "../cluster/kube-api.ts";
import { containerLogFile } from "../host-node/pod-process.ts";

export interface FailedProgram {
  readonly pod: string;
  readonly container: string;
  /** What keeps it from being ready, as its status says. */
  readonly reason: string;
  readonly restarts: number;
  readonly lastLines: readonly string[];
}

const lastLinesMax = 5;
const lineMax = 400;

/** Those of now; one whose log is not there has no last lines. */
export async function failedPrograms(api: KubeApi, logsDirectory: string): Promise<FailedProgram[]> {
  const selector = encodeURIComponent(`spec.nodeName=${hostNode.name}`);
  const pods = await api.list<V1Pod>(`/api/v1/pods?fieldSelector=${selector}`);
  return pods.flatMap((pod) =>
    (pod.status?.containerStatuses ?? [])
      .filter(({ ready, state }) => !ready && state?.terminated?.exitCode !== 0)
      .map((status) => ({
        pod: `${pod.metadata?.namespace}/${pod.metadata?.name}`,
        container: status.name,
        reason: reason(status),
        restarts: status.restartCount,
        lastLines: lastLines(containerLogFile(logsDirectory, pod, status.name)),
      })),
  );
}

/** For a terminal; empty when all programs are ready. */
export function renderFailedPrograms(programs: readonly FailedProgram[]): string {
  return programs
    .map(({ pod, container, reason, restarts, lastLines }) =>
      [
        `Not ready: ${container} of pod ${pod}: ${reason}, restarts ${restarts}`,
        ...lastLines.map((line) => `  ${line}`),
        "",
      ].join("\n"),
    )
    .join("");
}

function reason({ state, lastState }: V1ContainerStatus): string {
  const { exitCode } = state?.terminated ?? lastState?.terminated ?? {};
  const exit = exitCode === undefined ? "" : `, last exit code ${exitCode}`;
  const waiting = [state?.waiting?.reason, state?.waiting?.message].filter((text) => text !== undefined);
  const now = state?.running ? "it runs, but its readiness probe fails" : waiting.join(": ") || "it ended";
  return `${now}${exit}`;
}

function lastLines(file: string): string[] {
  try {
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    return lines.slice(-lastLinesMax).map((line) => line.slice(0, lineMax));
  } catch {
    return [];
  }
}
