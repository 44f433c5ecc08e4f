/** `npm run plan`: what a stack file comes to, without touching anything. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { configError, parseConfig } from "../components/config.ts";
import { type PlatformPlan, platformPlan } from "../components/planning/platform-plan.ts";
import { type CommandResult, commandResult, readStack, textOf } from "./command.ts";
import { planDifferences, type WrittenPlan, writtenPlan } from "./plan-difference.ts";
import { renderPlan } from "./plan-report.ts";
import { planRequest } from "./plan-request.ts";
import { sharing } from "./sharing.ts";
import { table } from "./table.ts";

const usage = `Usage: npm run plan -- [diff | sharing] [FLAGS]

  --stack NAME             stack file stacks/config/Pulumi.NAME.yaml (default: local)
  --stack-file FILE        another stack file
  --against FILE           with diff: another stack file (.yaml), or a plan as JSON: what \`plan --json\`
                           printed, or \`pulumi stack output plan --json\` of the deployed stack
  --json                   the same as JSON

\`sharing\` says which sharing mode suits a mix of jobs; it tells its own flags.
`;

interface Flags {
  readonly stackFile: string;
  readonly against: string | undefined;
  readonly json: boolean;
}

/** The whole command; reads the files that are named and nothing else. */
export function plan(argv: readonly string[], root: string): CommandResult {
  const [word, ...rest] = argv;
  if (word === "sharing") return sharing(rest, root);
  const flags = readFlags(argv, root);
  return flags ? commandResult(() => answer(flags)) : { code: 2, output: usage };
}

function answer({ stackFile, against, json }: Flags): string {
  const planned = planOf(stackFile);
  if (against === undefined) return json ? written(planned) : renderPlan(stackFile, planned);
  const found = planDifferences(before(against), planned);
  if (json) return written(found);
  return found.length === 0 ? "No difference." : table(found.map((row) => ({ ...row })));
}

function written(value: unknown): string {
  return JSON.stringify(value, null, 2);
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

function planOf(file: string): PlatformPlan {
  return platformPlan(planRequest(readStack(file)));
}

function before(file: string): WrittenPlan {
  if (!file.endsWith(".json")) return writtenPlan.parse(planOf(file));
  return parseConfig(writtenPlan, jsonOf(file), file);
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
