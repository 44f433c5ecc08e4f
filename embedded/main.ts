/** The command line: brings the platform up on this machine, shows it, and takes it down. */
import { parseArgs } from "node:util";
import { StateDirectoryError } from "./cluster/state-directory.ts";
import { cluster } from "./commands/cluster.ts";
import type { Command } from "./commands/command.ts";
import { down } from "./commands/down.ts";
import { env } from "./commands/env.ts";
import { preview } from "./commands/preview.ts";
import { status } from "./commands/status.ts";
import { up } from "./commands/up.ts";
import { ToolchainError } from "./toolchain/toolchain-error.ts";

const commands: Readonly<Record<string, Command>> = { up, preview, status, down, cluster, env };

const usage = `Usage: npm run COMMAND -- [FLAGS]

  up        start the cluster, bring the stack up, show what runs and what waits
  preview   show what \`up\` would change; nothing is changed
  status    show pools, queues, teams, workloads and why each waits
  down      destroy the stack and stop the cluster (--keep-cluster: leave it running)
  cluster   up | down | status | logs NAME | reset
  env       print variables for a plain \`pulumi\` (eval "$(npm run env)")

  --stack NAME       stack file stacks/config/Pulumi.NAME.yaml (default: local)
  --stack-file FILE  another stack file
  --json             JSON on standard output and nothing else there

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no cluster runs (status).
`;

/** Set by every command; 3 is only `status` on a machine where nothing runs. */
async function main(argv: readonly string[]): Promise<number> {
  const [name = "", ...rest] = argv;
  const command = commands[name];
  if (!command) {
    process.stderr.write(usage);
    return 2;
  }
  try {
    const { values, positionals } = parseArgs({
      args: [...rest],
      allowPositionals: true,
      options: {
        stack: { type: "string", default: "local" },
        "stack-file": { type: "string" },
        json: { type: "boolean", default: false },
        "keep-cluster": { type: "boolean", default: false },
      },
    });
    return await command({
      stack: values.stack,
      stackFile: values["stack-file"],
      json: values.json,
      keepCluster: values["keep-cluster"],
      positionals,
    });
  } catch (error) {
    return reportFailure(error);
  }
}

function reportFailure(error: unknown): number {
  const code = (error as NodeJS.ErrnoException).code;
  if (typeof code === "string" && code.startsWith("ERR_PARSE_ARGS")) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  const isExpected = error instanceof ToolchainError || error instanceof StateDirectoryError;
  const text = isExpected ? error.message : ((error as Error).stack ?? String(error));
  process.stderr.write(`${text}\n`);
  return 1;
}

// Whatever a command and its children write is for its owner alone, Pulumi's state included.
process.umask(0o077);
process.exitCode = await main(process.argv.slice(2));
