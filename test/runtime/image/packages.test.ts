import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { namedPackages, packageDirectories } from "../../../runtime/image/packages.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

function project(files: Readonly<Record<string, string | object>>): string {
  const root = temporaryDirectory();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === "string" ? content : JSON.stringify(content));
  }
  return root;
}

test("of the project's dependencies those that the sources name are needed", () => {
  const root = project({
    "package.json": { dependencies: { "@a/b": "1", c: "1", d: "1", e: "1" }, devDependencies: { f: "1" } },
    "src/one.ts": 'import x from "@a/b";\nimport y from "node:fs";\n',
    "src/deep/two.ts":
      'const file = require.resolve("c/package.json"); import z from "./d"; import f from "f";\n',
    "src/e.js": 'import "e";',
  });
  expect(namedPackages(root, join(root, "src"))).toEqual(["@a/b", "c"]);
});

test("what packages depend on is found where Node would find it, each once", () => {
  const root = project({
    "node_modules/a/package.json": { dependencies: { b: "1", c: "2" }, optionalDependencies: { gone: "1" } },
    "node_modules/b/package.json": { dependencies: { a: "1", c: "1" } },
    "node_modules/c/package.json": {},
    "node_modules/a/node_modules/c/package.json": {},
    "node_modules/unused/package.json": {},
  });
  expect(packageDirectories(root, ["a"])).toEqual([
    "node_modules/a",
    "node_modules/a/node_modules/c",
    "node_modules/b",
    "node_modules/c",
  ]);
});

test("a package that is not installed is told with who needs it", () => {
  const root = project({ "node_modules/a/package.json": { dependencies: { b: "1" } } });
  expect(() => packageDirectories(root, ["a"])).toThrow(
    "the package b, which node_modules/a needs, is not installed",
  );
});
