import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { rules } from "../../../../policies/packs/baseline/rules.ts";
import { findings } from "../../../support/policy-findings.ts";
import {
  makePool,
  makeQueued,
  makeResource,
  makeTeam,
  makeUnqueued,
  workloadKinds,
} from "../../../support/policy-objects.ts";

const policies = new URL("../../../../policies/", import.meta.url);
const areas = ["gpu", "scheduling", "supply-chain", "tenancy"];

test("holds every rule of every area, named after its file", () => {
  const files = areas.flatMap((area) =>
    readdirSync(new URL(`${area}/`, policies)).map((file) => `${area}-${file.replace(/\.ts$/, "")}`),
  );
  expect(rules.map(({ name }) => name).sort()).toEqual(files.sort());
});

describe.each(rules)("$name", (rule) => {
  test("says what it wants, how much it matters and what to do", () => {
    expect(rule.name).toMatch(/^(gpu|scheduling|supply-chain|tenancy)-(require|forbid|limit)(-[a-z]+)+$/);
    expect(rule.description).toMatch(/^[A-Z].{20,110}\.$/);
    expect(rule.enforcementLevel).toMatch(/^(mandatory|advisory)$/);
    expect(rule.severity).toMatch(/^(medium|high|critical)$/);
    expect(rule.remediationSteps?.length).toBeGreaterThan(20);
  });

  test("stands in the guide as it is", () => {
    const guide = readFileSync(new URL("../docs/policies.md", policies), "utf8");
    const rows = guide.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
    expect(rows.filter(([, name]) => name === rule.name).map((row) => row.slice(2, 4))).toEqual([
      [rule.enforcementLevel, rule.severity],
    ]);
  });
});

test("finds nothing in a stack that keeps all rules", () => {
  const workloads = workloadKinds.flatMap((kind) => [makeQueued(kind), makeUnqueued(kind)]);
  expect(findings([...Object.values(makeTeam()), ...makePool(), ...workloads])).toEqual([]);
});

test("finds nothing in objects that lack every field", () => {
  const tokens = [
    "core/v1:Namespace",
    "core/v1:Node",
    "rbac.authorization.k8s.io/v1:ClusterRole",
    ...workloadKinds,
  ];
  expect(findings(tokens.map((token) => makeResource(token, {})))).toEqual([]);
});

test("asks of a controller named by tag, as Kueue's chart does, nothing but its digest", () => {
  const container = {
    name: "manager",
    image: "registry.k8s.io/kueue/kueue:v0.19.2",
    resources: { requests: { cpu: "2", memory: "512Mi" } },
  };
  const found = findings([
    makeUnqueued("apps/v1:Deployment", { namespace: "kueue-system", container, podLabels: {} }),
  ]);
  expect(found.map(({ rule }) => rule)).toEqual(["supply-chain-require-image-digest"]);
});
