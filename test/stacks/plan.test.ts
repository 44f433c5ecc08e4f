import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { plan } from "../../stacks/plan.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { root } from "../support/tidy/project.ts";

const shipped = join(root, "stacks", "config", "Pulumi.local.yaml");

/** A copy of the shipped stack file, edited. */
function edited(edit: (stack: Record<string, unknown>) => void): string {
  const source = parse(readFileSync(shipped, "utf8"));
  edit(source.config["plinth:platform"]);
  const file = join(temporaryDirectory(), "Pulumi.edited.yaml");
  writeFileSync(file, stringify(source));
  return file;
}

const priced = () => edited((stack) => Object.assign(stack, { pricing: { region: "us-east-1" } }));

describe("npm run plan", () => {
  test("the guide shows exactly what it prints", () => {
    const guide = readFileSync(join(root, "docs", "plan.md"), "utf8");
    const file = priced();
    const { code, output } = plan(["--stack-file", file], root);
    expect(code).toBe(0);
    expect(guide).toContain(`\n\`\`\`\n${output.replace(file, "my-stack.yaml")}\`\`\`\n`);
  });

  test("JSON says the same in figures", () => {
    const { code, output } = plan(["--stack-file", priced(), "--json"], root);
    expect([code, JSON.parse(output).usdPerMonth]).toEqual([0, 176_036.05]);
  });

  test("every mistake of the stack file is told at once, and nothing else", () => {
    const file = edited((stack) => Object.assign(stack, { pools: [], colour: "blue" }));
    const { code, output } = plan(["--stack-file", file], root);
    expect(code).toBe(1);
    expect(output.replace(file, "FILE")).toMatch(/^FILE: \d+ problems in the configuration\n/);
  });

  test.each([
    { case: "an unknown flag", argv: ["--colour", "blue"] },
    { case: "another word than diff", argv: ["difference"] },
    { case: "diff against nothing", argv: ["diff"] },
    { case: "against something without diff", argv: ["--against", shipped] },
  ])("wrong usage: $case", ({ argv }) => {
    expect(plan(argv, root).code).toBe(2);
  });
});

describe("npm run plan -- diff", () => {
  test("against another stack file", () => {
    const file = edited((stack) => Object.assign(stack, { jobs: [] }));
    const { code, output } = plan(["diff", "--stack-file", file, "--against", shipped], root);
    expect(code).toBe(0);
    expect(output.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
      ["what", "before", "after"],
      ["gang pretrain", "there", "none"],
      ["gang finetune", "there", "none"],
      ["gang ablation", "there", "none"],
      [""],
    ]);
  });

  test("against a plan that was written down, as one is by `plan --json` or by the stack's outputs", () => {
    const file = join(temporaryDirectory(), "plan.json");
    writeFileSync(file, plan(["--json"], root).output);
    expect(plan(["diff", "--against", file], root)).toEqual({ code: 0, output: "No difference.\n" });
    const { output } = plan(["diff", "--stack-file", priced(), "--against", file, "--json"], root);
    expect(JSON.parse(output)).toContainEqual({ what: "total usdPerMonth", before: "0", after: "176036.05" });
  });

  test.each([
    { case: "no file", name: "none.json", text: undefined, want: "no such file" },
    { case: "no JSON", name: "plan.json", text: "pools: []", want: "no JSON" },
    { case: "no plan", name: "plan.json", text: "{}", want: "pools\n" },
  ])("$case", ({ name, text, want }) => {
    const file = join(temporaryDirectory(), name);
    if (text !== undefined) writeFileSync(file, text);
    const { code, output } = plan(["diff", "--against", file], root);
    expect(code).toBe(1);
    expect(output).toContain(want);
  });
});
