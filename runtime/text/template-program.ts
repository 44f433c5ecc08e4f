/**
 * Parses chat templates as transformers compiles them (utils/chat_template_utils.py, 5.23.0; 2026-11-22).
 * Where the library reads a template otherwise than Jinja does, it is given one that it reads alike
 * (@huggingface/jinja 0.5.11, 2026-11-22): marks that keep space around a block are unknown to it, and its
 * strip() takes no characters.
 */
import { parse, tokenize } from "@huggingface/jinja";

export type TemplateProgram = ReturnType<typeof parse>;

/** Functions that rewritten templates call; the spaces keep their names out of every template's reach. */
export const stripFunctions: Readonly<Record<string, (text: unknown, characters?: unknown) => string>> = {
  "a strip": (text, characters) => stripped(text, characters, true, true),
  "a lstrip": (text, characters) => stripped(text, characters, true, false),
  "a rstrip": (text, characters) => stripped(text, characters, false, true),
};

export function parseTemplate(text: string): TemplateProgram {
  const kept = text
    .replaceAll(/\r\n?/g, "\n")
    // A block that something stands before or after is not alone in its line.
    .replaceAll("{%+", "{{ '' }}{%")
    .replaceAll("+%}", "%}{{ '' }}");
  const program = parse(tokenize(kept, { trim_blocks: true, lstrip_blocks: true }));
  rewrite(program);
  return program;
}

interface Node {
  type?: unknown;
  [field: string]: unknown;
}

function rewrite(value: unknown): void {
  if (Array.isArray(value)) {
    for (const item of value) rewrite(item);
    return;
  }
  if (!isNode(value)) return;
  const call = stripCall(value) ?? trimFilter(value);
  if (call) Object.assign(value, call);
  for (const field of Object.values(value)) rewrite(field);
}

/** text.strip(characters) */
function stripCall({ type, callee, args }: Node): Node | undefined {
  if (type !== "CallExpression" || !isNode(callee) || callee.type !== "MemberExpression") return undefined;
  if (callee.computed || !isNode(callee.property) || !Array.isArray(args)) return undefined;
  const name = `a ${callee.property.value}`;
  if (!Object.hasOwn(stripFunctions, name)) return undefined;
  return { callee: { type: "Identifier", value: name }, args: [callee.object, ...args] };
}

/** text | trim */
function trimFilter({ type, operand, filter }: Node): Node | undefined {
  if (type !== "FilterExpression" || !isNode(filter)) return undefined;
  if (filter.type !== "Identifier" || filter.value !== "trim") return undefined;
  return { type: "CallExpression", callee: { type: "Identifier", value: "a strip" }, args: [operand] };
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null;
}

/** What Python's str.strip takes for space: Unicode's, and four separators of ASCII. */
const isSpace = (letter: string) =>
  /\p{White_Space}/u.test(letter) || ("\u{1c}" <= letter && letter <= "\u{1f}");

function stripped(text: unknown, characters: unknown, atStart: boolean, atEnd: boolean): string {
  if (typeof text !== "string") throw new Error("only a text can be stripped");
  const letters = [...text];
  const taken = typeof characters === "string" ? new Set(characters) : undefined;
  const isTaken = (letter: string | undefined) =>
    letter !== undefined && (taken ? taken.has(letter) : isSpace(letter));
  let [from, to] = [0, letters.length];
  while (atStart && from < to && isTaken(letters[from])) from += 1;
  while (atEnd && to > from && isTaken(letters[to - 1])) to -= 1;
  return letters.slice(from, to).join("");
}
