/** What KWOK does with simulated nodes and their pods: its own stages for life, ours for the end of a pod. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { simulationAnnotations } from "../../components/catalogue/labels.ts";

const apiVersion = "kwok.x-k8s.io/v1alpha1";

/** Upstream's stages of the toolchain followed by ours, as the one multi-document file that KWOK reads. */
export function renderKwokStages(upstreamDirectory: string): string {
  const upstream = readdirSync(upstreamDirectory, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".yaml"))
    .sort()
    .map((file) => parse(readFileSync(join(upstreamDirectory, file), "utf8")) as Stage);
  return [...upstream.map(unlessFailing).map(unlessTracked), succeed, fail, terminate, failNode]
    .map((stage) => stringify(stage))
    .join("---\n");
}

interface Stage {
  metadata: { name: string };
  spec: { resourceRef: { kind: string }; selector: { matchExpressions: object[] } };
}

function restricted(stage: Stage, expression: object): Stage {
  const { selector } = stage.spec;
  const matchExpressions = [...selector.matchExpressions, expression];
  return { ...stage, spec: { ...stage.spec, selector: { ...selector, matchExpressions } } };
}

/** Upstream's stages make every node Ready; of stages that match, KWOK would take any. */
function unlessFailing(stage: Stage): Stage {
  if (stage.spec.resourceRef.kind !== "Node") return stage;
  return restricted(stage, { key: annotation(simulationAnnotations.notReady), operator: "DoesNotExist" });
}

/** A pod whose end its Job still has to count, and that has not ended; nothing for all others. */
const trackedAndAlive =
  'select( ( .metadata.finalizers // [] | index( "batch.kubernetes.io/job-tracking" ) ) ' +
  'and ( .status.phase == "Running" or .status.phase == "Pending" ) ) | .metadata.name';

/** Upstream's stage deletes a pod at once; a kubelet says before how it ended. */
function unlessTracked(stage: Stage): Stage {
  return stage.metadata.name === "pod-delete"
    ? restricted(stage, { key: trackedAndAlive, operator: "DoesNotExist" })
    : stage;
}

const annotation = (key: string) => `.metadata.annotations["${key}"]`;

function podEndStage(name: string, phase: "Succeeded" | "Failed", hasExitCode: boolean) {
  return {
    apiVersion,
    kind: "Stage",
    metadata: { name },
    spec: {
      resourceRef: { apiGroup: "v1", kind: "Pod" },
      selector: {
        matchExpressions: [
          { key: ".metadata.deletionTimestamp", operator: "DoesNotExist" },
          { key: ".status.phase", operator: "In", values: ["Running"] },
          { key: annotation(simulationAnnotations.finishAfter), operator: "Exists" },
          {
            key: annotation(simulationAnnotations.exitCode),
            operator: hasExitCode ? "Exists" : "DoesNotExist",
          },
        ],
      },
      // No jitter field: with one, the smaller of delay and jitter would win.
      delay: { durationFrom: { expressionFrom: annotation(simulationAnnotations.finishAfter) } },
      next: { statusTemplate: podEndTemplate(phase, hasExitCode ? ownExitCode : "0") },
    },
  };
}

const ownExitCode = `{{ index $root.metadata.annotations "${simulationAnnotations.exitCode}" }}`;

function podEndTemplate(phase: "Succeeded" | "Failed", exitCode: string): string {
  return `
{{ $now := Now }}
{{ $root := . }}
phase: ${phase}
conditions:
{{ range list "Ready" "ContainersReady" }}
- type: {{ . | Quote }}
  status: "False"
  reason: ${phase === "Succeeded" ? "PodCompleted" : "PodFailed"}
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
{{ if .status.containerStatuses }}
containerStatuses:
{{ range $index, $item := .spec.containers }}
{{ $origin := index $root.status.containerStatuses $index }}
- name: {{ $item.name | Quote }}
  image: {{ $item.image | Quote }}
  ready: false
  restartCount: 0
  started: false
  state:
    terminated:
      exitCode: ${exitCode}
      reason: ${phase === "Succeeded" ? "Completed" : "Error"}
      startedAt: {{ $origin.state.running.startedAt | Quote }}
      finishedAt: {{ $now | Quote }}
{{ end }}
{{ end }}
`;
}

const succeed = podEndStage("pod-finish-after", "Succeeded", false);
const fail = podEndStage("pod-fail-after", "Failed", true);

/** Deleted, drained or preempted: without an end, a Job with a pod failure policy would keep it for ever. */
const terminate = {
  apiVersion,
  kind: "Stage",
  metadata: { name: "pod-terminate" },
  spec: {
    resourceRef: { apiGroup: "v1", kind: "Pod" },
    selector: {
      matchExpressions: [
        { key: ".metadata.deletionTimestamp", operator: "Exists" },
        { key: trackedAndAlive, operator: "Exists" },
      ],
    },
    next: { statusTemplate: podEndTemplate("Failed", "143") },
  },
};

const failNode = {
  apiVersion,
  kind: "Stage",
  metadata: { name: "node-fail" },
  spec: {
    resourceRef: { apiGroup: "v1", kind: "Node" },
    selector: {
      matchExpressions: [
        { key: annotation(simulationAnnotations.notReady), operator: "Exists" },
        {
          key: '.status.conditions.[] | select( .type == "Ready" ) | .status',
          operator: "In",
          values: ["True"],
        },
      ],
    },
    next: {
      statusTemplate: `
{{ $now := Now }}
conditions:
- type: Ready
  status: "False"
  reason: KubeletNotReady
  message: meant to fail
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
`,
    },
  },
};
