/** Reads a body by its schema, or tells what is wrong with it in the words of OpenAI's errors. */
import { z } from "zod";
import { ApiError, type ErrorCode } from "./api-error.ts";

/** A field of OpenAI's that would change the answer, and that this server has not. */
export function unsupported(reason: string) {
  return z
    .unknown()
    .refine((value) => value === undefined || value === null, {
      error: `is not supported: ${reason}`,
      params: { code: "unsupported_parameter" },
    })
    .optional();
}

/** A field that cannot change the answer: taken, and nothing is done with it. */
export const ignored = z.unknown().optional();

type Issue = z.core.$ZodIssue;

/** Every mistake is in the message; `param` and `code` are those of the first. */
export function parseBody<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const result = schema.safeParse(body, { reportInput: true });
  if (result.success) return result.data;
  const issues = result.error.issues.flatMap(flatten);
  const [first] = issues;
  const told = issues.slice(0, 10).map((issue) => `${nameOf(issue) ?? "the body"}: ${messageOf(issue)}`);
  const message = issues.length > 10 ? [...told, `and ${issues.length - 10} more`] : told;
  throw new ApiError(first ? codeOf(first) : "invalid_request", message.join("; "), {
    param: first && nameOf(first),
  });
}

/**
 * Unknown keys are reported by zod for a whole object: here each stands for itself. Of a value that fits none
 * of several shapes, what is wrong within the one shape that it has is told.
 */
function flatten(issue: Issue): Issue[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ ...issue, keys: [key], path: [...issue.path, key] }));
  if (issue.code !== "invalid_union") return [issue];
  const within = issue.errors.filter((issues) => issues.every(({ path }) => path.length > 0));
  const [only] = within;
  if (within.length !== 1 || !only) return [issue];
  return only.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }));
}

function nameOf({ path }: Issue): string | undefined {
  if (path.length === 0) return undefined;
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${String(part)}`))
    .join("")
    .slice(0, 200);
}

function isMissing(issue: Issue): boolean {
  if (issue.code === "invalid_union" && issue.discriminator !== undefined) return false;
  return (issue.code === "invalid_type" || issue.code === "invalid_union") && issue.input === undefined;
}

function messageOf(issue: Issue): string {
  if (issue.code === "unrecognized_keys") return "is no field that is known here";
  if (isMissing(issue)) return "is missing";
  return issue.message;
}

function codeOf(issue: Issue): ErrorCode {
  if (issue.code === "unrecognized_keys") return "unknown_parameter";
  if (isMissing(issue) && issue.path.length > 0) return "missing_required_parameter";
  if (issue.code === "invalid_union" && issue.discriminator !== undefined) return "invalid_value";
  if (issue.code === "invalid_type" || issue.code === "invalid_union") return "invalid_type";
  if (issue.code === "custom" && issue.params?.code === "unsupported_parameter")
    return "unsupported_parameter";
  return "invalid_value";
}

/** Refuses what lies deeper than is allowed, without going there by recursion. */
export function checkDepth(body: unknown, most: number): void {
  let level: unknown[] = [body];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > most) throw new ApiError("invalid_json", `the body is more than ${most} levels deep`);
    level = level
      .flatMap((value) => (typeof value === "object" && value !== null ? Object.values(value) : []))
      .filter((value) => typeof value === "object" && value !== null);
  }
}
