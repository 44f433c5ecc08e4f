/** What every command is given and gives back. */

export interface CommandOptions {
  readonly stack: string;
  /** Path of a stack file other than the project's own for that stack. */
  readonly stackFile: string | undefined;
  /** JSON on standard output, and everything else on standard error. */
  readonly json: boolean;
  /** Only `down`: leave the cluster running. */
  readonly keepCluster: boolean;
  readonly positionals: readonly string[];
}

/** Resolves to the exit code: 0 done, 1 failed, 2 wrong usage, 3 no cluster runs. */
export type Command = (options: CommandOptions) => Promise<number>;

export function writeJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
