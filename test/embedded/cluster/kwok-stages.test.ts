/** The stages of simulated pods; what KWOK makes of them is seen end to end in test/e2e/nodes.test.ts. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { renderKwokStages } from "../../../embedded/cluster/kwok-stages.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

interface Stage {
  kind: string;
  metadata: { name: string };
  spec?: {
    selector: { matchExpressions: { key: string; operator: string; values?: string[] }[] };
    delay: object;
    next: { statusTemplate: string };
  };
}

const isReady = (operator: string) => ({
  key: '.status.conditions.[] | select( .type == "Ready" ) | .status',
  operator,
  values: ["True"],
});

function render(): Stage[] {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "pod"));
  const stage = (name: string, kind: string, operator: string) =>
    stringify({
      kind: "Stage",
      metadata: { name },
      spec: { resourceRef: { kind }, selector: { matchExpressions: [isReady(operator)] } },
    });
  writeFileSync(join(directory, "pod", "delete.yaml"), stage("pod-delete", "Pod", "Exists"));
  writeFileSync(join(directory, "pod", "ready.yaml"), stage("pod-ready", "Pod", "Exists"));
  writeFileSync(join(directory, "heartbeat.yaml"), stage("node-heartbeat", "Node", "In"));
  writeFileSync(join(directory, "node.yaml"), stage("node-initialize", "Node", "NotIn"));
  writeFileSync(join(directory, "readme.txt"), "not a stage");
  return parseAllDocuments(renderKwokStages(directory)).map((document) => document.toJS() as Stage);
}

test("upstream's stages come first, in order of file name, then the ends of a pod and of a node", () => {
  const stages = render();
  expect(stages.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    "Stage node-heartbeat",
    "Stage node-initialize",
    "Stage pod-delete",
    "Stage pod-ready",
    "Stage pod-finish-after",
    "Stage pod-fail-after",
    "Stage pod-terminate",
    "Stage node-fail",
  ]);
});

test("a node that is meant to fail is made not Ready once, and nobody makes it Ready", () => {
  const [heartbeat, initialize, , ready, , , , fail] = render();
  const failing = (operator: string) => ({ key: '.metadata.annotations["plinth.dev/not-ready"]', operator });
  expect(heartbeat?.spec?.selector.matchExpressions).toEqual([isReady("In"), failing("DoesNotExist")]);
  expect(initialize?.spec?.selector.matchExpressions).toEqual([isReady("NotIn"), failing("DoesNotExist")]);
  expect(ready?.spec?.selector.matchExpressions).toEqual([isReady("Exists")]);
  expect(fail?.spec?.selector.matchExpressions).toEqual([failing("Exists"), isReady("In")]);
  expect(fail?.spec?.next.statusTemplate).toContain('type: Ready\n  status: "False"\n');
});

test("a deleted pod that its Job has yet to count ends first, as a kubelet would have it", () => {
  const [, , upstream, , , , terminate] = render();
  const tracked = (operator: string) => ({
    key:
      'select( ( .metadata.finalizers // [] | index( "batch.kubernetes.io/job-tracking" ) ) ' +
      'and ( .status.phase == "Running" or .status.phase == "Pending" ) ) | .metadata.name',
    operator,
  });
  expect(upstream?.spec?.selector.matchExpressions).toEqual([isReady("Exists"), tracked("DoesNotExist")]);
  expect(terminate?.spec?.selector.matchExpressions).toEqual([
    { key: ".metadata.deletionTimestamp", operator: "Exists" },
    tracked("Exists"),
  ]);
  const template = terminate?.spec?.next.statusTemplate.split("\n") ?? [];
  expect(template).toContain("phase: Failed");
  expect(template).toContain("      exitCode: 143");
});

test.each([
  { case: "succeeds", index: 4, operator: "DoesNotExist", phase: "Succeeded", exitCode: "0" },
  {
    case: "fails",
    index: 5,
    operator: "Exists",
    phase: "Failed",
    exitCode: '{{ index $root.metadata.annotations "plinth.dev/exit-code" }}',
  },
])("a pod that $case: only a running one, after its own time", ({ index, operator, phase, exitCode }) => {
  const spec = render()[index]?.spec;
  expect(spec?.selector.matchExpressions).toEqual([
    { key: ".metadata.deletionTimestamp", operator: "DoesNotExist" },
    { key: ".status.phase", operator: "In", values: ["Running"] },
    { key: '.metadata.annotations["plinth.dev/finish-after"]', operator: "Exists" },
    { key: '.metadata.annotations["plinth.dev/exit-code"]', operator },
  ]);
  expect(spec?.delay).toEqual({
    durationFrom: { expressionFrom: '.metadata.annotations["plinth.dev/finish-after"]' },
  });
  const template = spec?.next.statusTemplate.split("\n") ?? [];
  expect(template).toContain(`phase: ${phase}`);
  expect(template).toContain(`      exitCode: ${exitCode}`);
});
