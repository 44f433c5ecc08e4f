import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { commandResult, readStack, textOf, yamlOf } from "../../stacks/command.ts";
import { makeStack } from "../support/builders.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

test("what the work says, and what the author did wrong, each ends a line", () => {
  expect(commandResult(() => "done")).toEqual({ code: 0, output: "done\n" });
  const refused = commandResult(() => {
    throw new pulumi.RunError("mend the file");
  });
  expect(refused).toEqual({ code: 1, output: "mend the file\n" });
});

test("anything else keeps its stack", () => {
  const { code, output } = commandResult(() => {
    throw new TypeError("no such field");
  });
  expect([code, output]).toEqual([1, expect.stringMatching(/^TypeError: no such field\n {4}at /)]);
});

test("a stack file is its section, read by its schema", () => {
  const file = join(temporaryDirectory(), "Pulumi.local.yaml");
  writeFileSync(file, stringify({ config: { "plinth:platform": makeStack() } }));
  expect(readStack(file)).toMatchObject({ environment: "local", models: [] });
  writeFileSync(file, "config: {}\n");
  expect(() => readStack(file)).toThrow(`${file}: 1 problem`);
});

test("where a stack file is no YAML is told", () => {
  const file = join(temporaryDirectory(), "Pulumi.local.yaml");
  writeFileSync(file, "config:\n  plinth:platform: [1\n");
  const { output } = commandResult(() => readStack(file).environment);
  expect(output).toMatch(/given {4}Flow sequence .* at line 3, column 1\n {4}allowed {2}YAML\n/);
});

test("an alias of nothing is told", () => {
  const file = join(temporaryDirectory(), "mix.yaml");
  writeFileSync(file, "jobs: *others\n");
  expect(commandResult(() => String(yamlOf(file))).output).toMatch(/given {4}Unresolved alias.*others\n/);
});

test.each(["none.yaml", "."])("a file that is not there is told: %s", (name) => {
  expect(() => textOf(name)).toThrow("no such file");
});
