/** Parses what a caller wrote, or fails with every mistake at once. */
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { problemsOf } from "./config-problems.ts";
import { formatPath, type Problem } from "./planning/problem.ts";

/** The parsed value; mistakes throw one RunError that starts with the owner's name. */
export function parseConfig<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  owner: string,
): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw configError(
    owner,
    result.error.issues.flatMap((issue) => problemsOf(issue, schema, input)),
  );
}

/** The error that a user sees: each problem with its path, what was given, what is allowed, what to do. */
export function configError(owner: string, problems: readonly Problem[]): pulumi.RunError {
  const total = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const blocks = problems.map(({ path, given, allowed, remedy }) =>
    [
      `  ${formatPath(path) || "(the whole value)"}`,
      `    given    ${given}`,
      `    allowed  ${allowed}`,
      `    do       ${remedy}`,
    ].join("\n"),
  );
  return new pulumi.RunError(`${owner}: ${total} in the configuration\n\n${blocks.join("\n\n")}\n`);
}

/** Throws if there is any problem; for rules that need more than the parsed value. */
export function refuse(owner: string, problems: readonly Problem[]): void {
  if (problems.length > 0) throw configError(owner, problems);
}

/** Hands problems found by planning to zod; for use inside superRefine. */
export function report(context: z.core.$RefinementCtx, problems: readonly Problem[]): void {
  for (const { path, given, allowed, remedy } of problems) {
    context.addIssue({
      code: "custom",
      path: [...path],
      message: `${given}; allowed: ${allowed}`,
      params: { given, allowed, remedy },
    });
  }
}
