import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../../runtime/image/image-places.ts";
import { strippedModules } from "../../../runtime/npm/stripped-modules.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

function project(files: Readonly<Record<string, string>>): string {
  const root = temporaryDirectory();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

test("modules come with those that they name, as JavaScript on the same lines", () => {
  const root = project({
    "a/main.ts": 'import { b } from "../b.ts";\nimport type { C } from "./c.ts";\nexport const a: C = b;\n',
    "a/c.ts": "export type C = number;\n",
    "b.ts": 'export const b: number = 1;\nnew Worker(new URL("./a/thread.ts", import.meta.url));\n',
    "a/thread.ts":
      'import "./main.ts";\nimport "zod";\nconst isModule = (name: string) => name.endsWith(".ts");\n',
    "unused.ts": "",
  });
  const modules = strippedModules(root, "a/main.ts");
  const blank = (text: string) => text.replace(/\S/g, " ");
  const thread = `const isModule = (name${blank(": string")}) => name.endsWith(".js");`;
  expect(Object.fromEntries(modules)).toEqual({
    "a/main.js": [
      'import { b } from "../b.js";',
      blank('import type { C } from "./c.ts";'),
      `export const a${blank(": C")} = b;\n`,
    ].join("\n"),
    "b.js": [
      `export const b${blank(": number")} = 1;`,
      'new Worker(new URL("./a/thread.js", import.meta.url));\n',
    ].join("\n"),
    "a/thread.js": ['import "./main.js";', 'import "zod";', `${thread}\n`].join("\n"),
  });
});

test("a module that is not there is told", () => {
  const root = project({ "main.ts": 'import "./gone.ts";\n' });
  expect(() => strippedModules(root, "main.ts")).toThrow(/ENOENT.*gone\.ts/);
});

test("of the runtime's own modules none names a source any more, and all that they name are there", () => {
  const modules = strippedModules(projectRoot, "runtime/plinth-main.ts");
  expect([...modules.keys()]).toEqual(
    expect.arrayContaining(
      ["plinth-main", "engine-main", "text-main", "text/grammar-main"].map((name) => `runtime/${name}.js`),
    ),
  );
  // What makes images and packages is of use in a checkout alone.
  expect([...modules.keys()].filter((path) => /^runtime\/(image|npm|main\.js)/.test(path))).toEqual([]);
  for (const [path, code] of modules) {
    expect(code.match(/\.ts["'`]/g), path).toBeNull();
    for (const [, name = ""] of code.matchAll(/"(\.{1,2}\/[^"\n]+\.js)"/g)) {
      expect(modules.has(join(dirname(path), name)), `${path} names ${name}`).toBe(true);
    }
  }
});
