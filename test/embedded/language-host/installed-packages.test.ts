/** Dependencies are followed the way Node resolves them. */
import { mkdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { afterEach, expect, test } from "vitest";
import { dependenciesOf } from "../../../embedded/language-host/installed-packages.ts";
import { packageTree } from "../../support/package-tree.ts";

let root: string;
afterEach(() => rmSync(root, { recursive: true }));

/** a is hoisted; b has an a of its own and a development dependency; c is a cycle with b. */
const tree = {
  "": {
    dependencies: { a: "1", gone: "1" },
    devDependencies: { b: "1" },
    optionalDependencies: { absent: "1" },
  },
  "node_modules/a": { name: "a", version: "1.0.0" },
  "node_modules/b": {
    name: "b",
    version: "1.0.0",
    dependencies: { a: "2", c: "1" },
    devDependencies: { d: "1" },
  },
  "node_modules/b/node_modules/a": { name: "a", version: "2.0.0", dependencies: ["not", "a", "record"] },
  "node_modules/c": { name: "c", version: "1.0.0", dependencies: { b: "1", "@scope/lost": "1" } },
  "node_modules/unused": { name: "unused", version: "1.0.0" },
};

test.each([
  { case: "direct", depth: 1, installed: ["node_modules/b", "node_modules/a"], missing: ["gone"] },
  {
    case: "all",
    depth: undefined,
    installed: ["node_modules/b", "node_modules/a", "node_modules/b/node_modules/a", "node_modules/c"],
    missing: ["gone", "@scope/lost"],
  },
])("$case", ({ depth, installed, missing }) => {
  root = packageTree(tree);
  const program = join(root, "stacks");
  mkdirSync(program);
  const dependencies = dependenciesOf(program, depth);
  expect(dependencies.directory).toBe(root);
  expect(dependencies.installed.map(({ directory }) => relative(root, directory))).toEqual(installed);
  expect(dependencies.missing).toEqual(missing);
});

test("a directory without a package.json has no dependencies", () => {
  root = packageTree({});
  expect(dependenciesOf(root)).toEqual({ directory: root, installed: [], missing: [] });
});
