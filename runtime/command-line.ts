/** How commands of the runtime are run: by name, with mistakes told as what they are. */
import { ModelFileError } from "./models/model-file-error.ts";
import { SettingsError } from "./settings.ts";

export interface Command {
  /** Answers the exit code. */
  readonly run: (args: readonly string[]) => Promise<number>;
  /** What it does, then a line for each of its flags. */
  readonly usage: string;
}

export type Commands = Readonly<Record<string, Command>>;

/** Says to standard error what was wrong; answers the exit code. */
export async function runCommand(
  program: string,
  commands: Commands,
  [name, ...args]: readonly string[],
): Promise<number> {
  const usage = usageOf(program, commands);
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    const problem = name === undefined ? "" : `there is no command ${name}\n\n`;
    process.stderr.write(`${problem}${usage}`);
    return 2;
  }
  try {
    return await command.run(args);
  } catch (error) {
    return report(error, usage);
  }
}

/** Ends the process when all that it said is on its way. */
export async function exitWith(code: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) await drained(stream);
  // What a library still waits for, such as a collector that does not answer, keeps nobody's process.
  process.exit(code);
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}

function usageOf(program: string, commands: Commands): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length)) + 2;
  const rows = Object.entries(commands).flatMap(([name, { usage }]) =>
    usage.split("\n").map((line, index) => `  ${(index === 0 ? name : "").padEnd(width)}${line}\n`),
  );
  return [
    `Usage: ${program} COMMAND [FLAGS]\n\n`,
    ...rows,
    "\nExit codes: 0 done, 1 failed, 2 wrong usage.\n",
  ].join("");
}

function report(error: unknown, usage: string): number {
  const code = (error as NodeJS.ErrnoException).code;
  const isWrong = typeof code === "string" && code.startsWith("ERR_PARSE_ARGS");
  if (isWrong || error instanceof SettingsError) {
    process.stderr.write(`${(error as Error).message}\n${isWrong ? `\n${usage}` : ""}`);
    return 2;
  }
  const isExpected = error instanceof ModelFileError;
  process.stderr.write(`${isExpected ? error.message : ((error as Error).stack ?? String(error))}\n`);
  return 1;
}
