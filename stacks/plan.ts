/** `npm run plan`: what a stack file comes to, without touching anything. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { configError, parseConfig } from "../components/config.ts";
import { type PlatformPlan, platformPlan } from "../components/planning/platform-plan.ts";
import type { CommandResult } from "./capacity.ts";
import { stackConfig } from "./config.ts";
import { planDifferences, type WrittenPlan, writtenPlan } from "./plan-difference.ts";
import { renderPlan } from "./plan-report.ts";
import { planRequest } from "./plan-request.ts";
import { table } from "./table.ts";

const usage = `Usage: npm run plan -- [diff] [FLAGS]

  --stack NAME             stack file stacks/config/Pulumi.NAME.yaml (default: local)
  --stack-file FILE        another stack file
  --against FILE           with diff: another stack file (.yaml), or a plan as JSON: what \`plan --json\`
                           printed, or \`pulumi stack output plan --json\` of the deployed stack
  --json                   the same as JSON
`;

interface Flags {
  readonly stackFile: string;
  readonly against: string | undefined;
  readonly json: boolean;
}

/** The whole command; reads the files that are named and nothing else. */
export function plan(argv: readonly string[], root: string): CommandResult {
  const flags = readFlags(argv, root);
  if (!flags) return { code: 2, output: usage };
  try {
    const planned = planOfFile(flags.stackFile);
    if (flags.against !== undefined) return difference(before(flags.against), planned, flags);
    const output = flags.json ? JSON.stringify(planned, null, 2) : renderPlan(flags.stackFile, planned);
    return { code: 0, output: `${output}\n` };
  } catch (error) {
    // Mistakes of the author have messages of their own; anything else keeps its stack.
    const isExpected = pulumi.RunError.isInstance(error);
    return { code: 1, output: `${isExpected ? error.message : (error as Error).stack}\n` };
  }
}

function readFlags(argv: readonly string[], root: string): Flags | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        stack: { type: "string", default: "local" },
        "stack-file": { type: "string" },
        against: { type: "string" },
        json: { type: "boolean", default: false },
      },
    });
    const isDifference = positionals.length === 1 && positionals[0] === "diff";
    if (positionals.length > 0 && !isDifference) return undefined;
    if (isDifference !== (values.against !== undefined)) return undefined;
    return {
      stackFile: values["stack-file"] ?? join(root, "stacks", "config", `Pulumi.${values.stack}.yaml`),
      against: values.against,
      json: values.json,
    };
  } catch {
    return undefined;
  }
}

function planOfFile(file: string): PlatformPlan {
  const source = parse(textOf(file)) as { config?: Record<string, unknown> } | null;
  return platformPlan(planRequest(parseConfig(stackConfig, source?.config?.["plinth:platform"], file)));
}

function before(file: string): WrittenPlan {
  if (!file.endsWith(".json")) return writtenPlan.parse(planOfFile(file));
  return parseConfig(writtenPlan, jsonOf(file), file);
}

function difference(old: WrittenPlan, now: PlatformPlan, { json }: Flags): CommandResult {
  const found = planDifferences(old, now);
  if (json) return { code: 0, output: `${JSON.stringify(found, null, 2)}\n` };
  if (found.length === 0) return { code: 0, output: "No difference.\n" };
  return { code: 0, output: `${table(found.map((row) => ({ ...row })))}\n` };
}

function jsonOf(file: string): unknown {
  try {
    return JSON.parse(textOf(file));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw configError(file, [
      { path: [], given: "no JSON", allowed: "a plan as JSON", remedy: "write it with `plan --json`" },
    ]);
  }
}

function textOf(file: string): string {
  if (existsSync(file)) return readFileSync(file, "utf8");
  throw configError(file, [
    { path: [], given: "no such file", allowed: "a file that exists", remedy: "mend the path" },
  ]);
}
