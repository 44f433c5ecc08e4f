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

interface ListOptions<Item> {
  /** Default: 0. */
  readonly min?: number;
  readonly max: number;
  /** Tells sooner than the schema that an item is what it wants; of a million items that is a second. */
  readonly isPlain?: (value: unknown) => value is Item;
}

/** Of a token: a whole number from 0 on. */
export const tokenNumber = z.int().min(0);

export const isTokenNumber = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

/**
 * A list of which the first item that does not fit is told, and nothing behind it is looked at: a body of
 * millions of wrong items would otherwise be a mistake each.
 */
export function listOf<Item extends z.ZodType>(
  item: Item,
  { min = 0, max, isPlain }: ListOptions<z.output<Item>>,
) {
  return z
    .array(z.unknown())
    .min(min)
    .max(max)
    .transform((values, context) => {
      const items: z.output<Item>[] = [];
      for (const [index, value] of values.entries()) {
        if (isPlain?.(value)) {
          items.push(value);
          continue;
        }
        const { success, data, error } = item.safeParse(value, { reportInput: true });
        if (success) items.push(data);
        else {
          for (const issue of error.issues) {
            const at = { ...issue, input: issue.input, path: [index, ...issue.path] };
            context.issues.push(at as z.core.$ZodRawIssue);
          }
          return z.NEVER;
        }
      }
      return items;
    });
}

/** How many mistakes are told; the others are counted. */
const toldMost = 10;

/** Every mistake is in the message; `param` and `code` are those of the first. */
export function parseBody<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const result = schema.safeParse(body, { reportInput: true });
  if (result.success) return result.data;
  const { issues: found } = result.error;
  const issues = found.slice(0, toldMost).flatMap(flatten).slice(0, toldMost);
  const [first] = issues;
  const told = issues.map((issue) => `${nameOf(issue) ?? "the body"}: ${messageOf(issue)}`);
  const more = found.reduce((sum, issue) => sum + countOf(issue), 0) - issues.length;
  const message = more > 0 ? [...told, `and ${more} more`] : told;
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
    return issue.keys
      .slice(0, toldMost)
      .map((key) => ({ ...issue, keys: [key], path: [...issue.path, key] }));
  if (issue.code !== "invalid_union") return [issue];
  return (
    withinOf(issue)?.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] })) ?? [
      issue,
    ]
  );
}

function withinOf({ errors }: z.core.$ZodIssueInvalidUnion): Issue[] | undefined {
  const within = errors.filter((issues) => issues.every(({ path }) => path.length > 0));
  return within.length === 1 ? within[0] : undefined;
}

/** How many mistakes it is, once it is taken apart. */
function countOf(issue: Issue): number {
  if (issue.code === "unrecognized_keys") return issue.keys.length;
  const within = issue.code === "invalid_union" ? withinOf(issue) : undefined;
  return within?.reduce((sum, inner) => sum + countOf(inner), 0) ?? 1;
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

/** Fields of one object: more than any schema of a tool has. */
const fieldsMost = 4096;

/** Refuses what lies deeper or is wider than is allowed, without going there by recursion. */
export function checkShape(body: unknown, depthMost: number): void {
  let level: unknown[] = [body];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > depthMost)
      throw new ApiError("invalid_json", `the body is more than ${depthMost} levels deep`);
    level = level.flatMap(valuesOf).filter((value) => typeof value === "object" && value !== null);
  }
}

function valuesOf(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  const values = Object.values(value);
  if (Array.isArray(value) || values.length <= fieldsMost) return values;
  const message = `an object of the body has ${values.length} fields, of ${fieldsMost} at most`;
  throw new ApiError("invalid_json", message);
}
