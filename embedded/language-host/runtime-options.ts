/** The options that a project or a policy pack sets under `runtime.options`. */
import type { ProgramInfo } from "@pulumi/pulumi/proto/language_pb.js";
import { z } from "zod";

/** Other options, such as `packagemanager`, belong to the official host and change nothing here. */
const runtimeOptions = z.object({
  /** Runs TypeScript through ts-node. With false, Node's own type stripping runs it. Default: true. */
  typescript: z.boolean().default(true),
  /** The tsconfig.json that ts-node reads, relative to the program. Default: the one beside the program. */
  tsconfig: z.string().default(""),
  /** Arguments for Node itself, split as a shell would. Default: none. */
  nodeargs: z.string().default("").transform(splitArguments),
});

export type RuntimeOptions = z.output<typeof runtimeOptions>;

export function runtimeOptionsOf(program: ProgramInfo): RuntimeOptions {
  const result = runtimeOptions.safeParse(program.getOptions()?.toJavaScript() ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`runtime.options in ${program.getRootDirectory()}: ${problems.join("; ")}`);
}

/** What @pulumi/pulumi's entry points read from the environment to prepare ts-node. */
export function typescriptEnvironment(options: RuntimeOptions): NodeJS.ProcessEnv {
  return {
    ...(options.typescript && { PULUMI_NODEJS_TYPESCRIPT: "true" }),
    ...(options.tsconfig && { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
  };
}

/** Splits a command line at blanks; quotes group words and a backslash takes the next character as it is. */
export function splitArguments(line: string): string[] {
  const words = line.match(/(?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|[^\s"'\\])+/gs) ?? [];
  return words.map((word) =>
    word.replace(/\\(.)|"((?:\\.|[^"\\])*)"|'([^']*)'/gs, (_match, escaped, double, single) =>
      double === undefined ? (escaped ?? single) : double.replace(/\\(["\\])/g, "$1"),
    ),
  );
}
