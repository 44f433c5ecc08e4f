import { expect, test } from "vitest";
import { clouds } from "../support/cloud/clouds.ts";
import { Declarations } from "../support/cloud/declarations.ts";
import { refusals } from "../support/cloud/judge.ts";
import type { Fields, Shape } from "../support/cloud/shapes.ts";
import { changedPaths, unknownValue } from "../support/cloud/values.ts";

/** Whether the SDK declares the property at this path. */
function isDeclared(declarations: Declarations, fields: Fields, path: string): boolean {
  const [first = "", ...rest] = path.split(".");
  const shape = fields.get(first)?.shape;
  if (shape === undefined || rest.length === 0) return shape !== undefined;
  const inner: Shape = shape.kind === "list" ? shape.of : shape;
  if (inner.kind !== "record") return false;
  return isDeclared(declarations, declarations.record(inner.side, inner.name), rest.join("."));
}

test.each(Object.entries(clouds))(
  "every row of %s is of a resource and of properties that its SDK has",
  (name, cloud) => {
    const declarations = new Declarations(name);
    const wrong = Object.entries(cloud.kinds).flatMap(([token, kind]) => {
      const declared = declarations.resource(token);
      if (!declared) return [token];
      const { replacedBy, named, id, counts = [] } = kind;
      const inputs = [...replacedBy, named, id].filter((path) => path !== undefined);
      return [
        ...inputs.filter((path) => !isDeclared(declarations, declared.inputs, path)),
        ...counts.filter((output) => !declared.outputs.has(output)),
      ].map((path) => `${token} ${path}`);
    });
    expect(wrong).toEqual([]);
  },
);

const declarations = new Declarations("aws");

test("every kind of AWS whose SDK declares a region is replaced by another one", () => {
  const kept = Object.entries(clouds.aws?.kinds ?? {}).filter(([token, { replacedBy }]) => {
    const isRegional = declarations.resource(token)?.inputs.has("region") ?? false;
    return isRegional && !replacedBy.includes("region");
  });
  expect(kept.map(([token]) => token)).toEqual([]);
});

/** Words by which the SDK itself says that a change makes another resource. */
const forcing = /forces? (a |an )?new|force resource recreation/i;

/** Paths of properties, two levels deep, of which the SDK says so. */
function forcingPaths(fields: Fields, depth = 2): string[] {
  return [...fields].flatMap(([name, { shape, comment }]) => {
    const record = shape.kind === "list" ? shape.of : shape;
    const inner = record.kind === "record" && depth > 1 ? declarations.record("input", record.name) : [];
    const below = forcingPaths(new Map(inner), depth - 1).map((path) => `${name}.${path}`);
    return forcing.test(comment) ? [name, ...below] : below;
  });
}

test("every property of AWS of which the SDK says that it makes another resource is in the table", () => {
  const kinds = Object.entries(clouds.aws?.kinds ?? {});
  const told = kinds.flatMap(([token, { replacedBy }]) =>
    forcingPaths(declarations.resource(token)?.inputs ?? new Map()).map((path) => ({
      path: `${token.split(":")[2]} ${path}`,
      isHeld: replacedBy.includes(path),
    })),
  );
  expect(told.map(({ path }) => path)).toContain("Cluster vpcConfig.controlPlaneEgressMode");
  // Of an endpoint without interfaces only, which no private name is asked of.
  expect(told.filter(({ isHeld }) => !isHeld).map(({ path }) => path)).toEqual([
    "VpcEndpoint privateDnsEnabled",
  ]);
});
const group = declarations.resource("aws:eks/nodeGroup:NodeGroup");
const fine = {
  clusterName: "main",
  nodeRoleArn: "arn",
  subnetIds: ["subnet"],
  scalingConfig: { desiredSize: 0, minSize: 0, maxSize: 1 },
};

test.each([
  { case: "nothing, where all is fine", edit: {}, want: [] },
  { case: "nothing of what is not known yet", edit: { subnetIds: unknownValue }, want: [] },
  { case: "an unknown property", edit: { taint: [] }, want: [["taint", "NodeGroupArgs declares no taint"]] },
  {
    case: "a missing one",
    edit: { clusterName: undefined },
    want: [["clusterName", "NodeGroupArgs requires clusterName"]],
  },
  {
    case: "an unknown one further in",
    edit: { updateConfig: { maxUnavailible: 1 } },
    want: [["updateConfig.maxUnavailible", "eks.NodeGroupUpdateConfig declares no maxUnavailible"]],
  },
  {
    case: "a missing one of a list's element",
    edit: { taints: [{ key: "a", effect: "b" }, { key: "c" }] },
    want: [["taints[1].effect", "eks.NodeGroupTaint requires effect"]],
  },
  {
    case: "a text in the place of a number",
    edit: { diskSize: "20" },
    want: [["diskSize", '"20" is not a number']],
  },
  { case: "a value of a map", edit: { labels: { a: 1 } }, want: [["labels.a", "1 is not a string"]] },
])("the stand-in refuses $case", ({ edit, want }) => {
  const fields = group?.inputs ?? new Map();
  const found = refusals(declarations, "NodeGroupArgs", fields, { ...fine, ...edit });
  expect(found.map(({ property, reason }) => [property, reason])).toEqual(want);
});

test.each([
  { case: "nothing", before: { a: { b: [1, 2] } }, after: { a: { b: [1, 2] } }, want: [] },
  {
    case: "a property further in",
    before: { a: { b: 1, c: 2 } },
    after: { a: { b: 1, c: 3 } },
    want: ["a.c"],
  },
  { case: "a list's element", before: { a: [{ b: 1 }] }, after: { a: [{ b: 2 }] }, want: ["a.b"] },
  { case: "a list's length", before: { a: [1] }, after: { a: [1, 2] }, want: ["a"] },
  { case: "a block that is new", before: {}, after: { a: { b: 1 } }, want: ["a"] },
  { case: "what is not known yet", before: { a: 1 }, after: { a: unknownValue }, want: ["a"] },
])("two bags differ in $case", ({ before, after, want }) => {
  expect(changedPaths(before, after)).toEqual(want);
});
