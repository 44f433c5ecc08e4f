/** The preload as programs get it: in a process of its own. */
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, test } from "vitest";

const preload = join(import.meta.dirname, "..", "..", "..", "embedded", "language-host", "lazy-modules.ts");

function run(program: string): string {
  const args = ["--require", preload, "--input-type=commonjs", "--eval", program];
  return execFileSync(process.execPath, args, { encoding: "utf8" }).trim();
}

const loaded = (name: string) => `Object.keys(require.cache).some((file) => file.includes("/${name}/"))`;

test.each(["node_modules/typescript", "node_modules/@npmcli/arborist"])(
  "the SDK is imported without %s",
  (name) => {
    expect(run(`require("@pulumi/pulumi"); process.stdout.write(String(${loaded(name)}))`)).toBe("false");
  },
);

test("a function is serialised as without the preload", () => {
  const serialise = `const { runtime } = require("@pulumi/pulumi");
    const factor = 3;
    runtime.serializeFunction((value) => value * factor).then(({ text }) => process.stdout.write(text));`;
  const text = run(serialise);
  expect(text).toContain("value * factor");
  expect(text).toContain("factor: 3");
});

test("whoever else asks for the compiler gets it", () => {
  expect(run(`process.stdout.write(typeof require("typescript").transpileModule)`)).toBe("function");
});

test("an error tells the line of the program that threw it", () => {
  const entry = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/run-policy-pack/index.js");
  const source = `const { createRequire } = require("node:module");
    createRequire(${JSON.stringify(entry)})("source-map-support/register");
    process.stdout.write(new Error("here").stack.split("\\n")[1]);`;
  expect(run(source)).toMatch(/\[eval\]:3:\d+/);
});
