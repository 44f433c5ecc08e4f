/** The stages of simulated pods; what KWOK makes of them is seen end to end in test/e2e/nodes.test.ts. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { renderKwokStages } from "../../../embedded/cluster/kwok-stages.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

interface Stage {
  kind: string;
  metadata: { name: string };
  spec?: {
    selector: { matchExpressions: { key: string; operator: string }[] };
    delay: object;
    next: { statusTemplate: string };
  };
}

function render(): Stage[] {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "pod"));
  writeFileSync(join(directory, "pod", "ready.yaml"), "kind: Stage\nmetadata: {name: pod-ready}\n");
  writeFileSync(join(directory, "node.yaml"), "kind: Stage\nmetadata: {name: node-initialize}\n");
  writeFileSync(join(directory, "readme.txt"), "not a stage");
  return parseAllDocuments(renderKwokStages(directory)).map((document) => document.toJS() as Stage);
}

test("upstream's stages come first, in order of file name, then the two ends of a pod", () => {
  const stages = render();
  expect(stages.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    "Stage node-initialize",
    "Stage pod-ready",
    "Stage pod-finish-after",
    "Stage pod-fail-after",
  ]);
});

test.each([
  { case: "succeeds", index: 2, operator: "DoesNotExist", phase: "Succeeded", exitCode: "0" },
  {
    case: "fails",
    index: 3,
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
