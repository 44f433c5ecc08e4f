/** What answers are to follow, as the grammar library takes it. */
import type { Grammar, GrammarFormat, StructuralTagFormat } from "@mlc-ai/web-xgrammar";
import type { AfterThoughtGrammar, GrammarSource, ToolCallsGrammar } from "../engine/contract.ts";
import { withChoices } from "./grammar-choices.ts";
import type { GrammarLibrary } from "./grammar-library.ts";
import { GrammarError, type PreparedSchema, preparedSchema, schemaLimits } from "./grammar-schema.ts";

/** Between two parts of a JSON text: enough for a deep indentation, and not without end. */
const spaceMost = 32;

/** A source that has been looked at: no schema in it has what cannot be held to. */
export type Wanted =
  | { readonly type: "text"; readonly grammar: string }
  | { readonly type: "schema"; readonly prepared: PreparedSchema }
  | {
      readonly type: "tool-calls";
      readonly trigger: string;
      readonly calls: readonly {
        readonly begin: string;
        readonly prepared: PreparedSchema;
        readonly end: string;
      }[];
      readonly format?: { readonly wanted: Wanted; readonly isParallel: boolean };
    }
  | (Omit<AfterThoughtGrammar, "grammar"> & { readonly wanted: Wanted });

/** Throws a GrammarError that tells what cannot be held to. */
export function wantedOf(source: GrammarSource): Wanted {
  switch (source.type) {
    case "json-object":
      return { type: "schema", prepared: preparedSchema({ type: "object" }) };
    case "json-schema":
      return { type: "schema", prepared: preparedSchema(source.schema) };
    case "ebnf":
      checkBytes("grammar", Buffer.byteLength(source.grammar));
      return { type: "text", grammar: source.grammar };
    case "tool-calls":
      return callsOf(source);
    case "after-thought": {
      const { grammar, ...rest } = source;
      return { ...rest, wanted: wantedOf(grammar) };
    }
    case "after-thought-tokens":
      // The thought is followed token by token, outside of the library.
      return wantedOf(source.grammar);
  }
}

function callsOf({ type, trigger, calls, format }: ToolCallsGrammar): Wanted {
  const bytes = calls.reduce((sum, { schema }) => sum + Buffer.byteLength(JSON.stringify(schema)), 0);
  checkBytes("schemas of all tools", bytes);
  const prepared = calls.map(({ schema, ...rest }) => ({ ...rest, prepared: preparedSchema(schema) }));
  const { grammar, isParallel = true } = format ?? {};
  const formatted = grammar && { format: { wanted: wantedOf(grammar), isParallel } };
  return { type, trigger, calls: prepared, ...formatted };
}

function checkBytes(what: string, bytes: number): void {
  if (bytes <= schemaLimits.bytes) return;
  throw new GrammarError(`the ${what}: ${bytes} bytes, of ${schemaLimits.bytes} at most`);
}

/** Rejects with whatever stopped the library, which is then of no further use. */
export async function parsedIn(library: GrammarLibrary, wanted: Wanted): Promise<Grammar> {
  const format = await formatOf(library, wanted);
  const { Grammar } = library.xgrammar;
  if (format.type === "grammar") return Grammar.fromEBNF(format.grammar);
  return Grammar.fromStructuralTag({ type: "structural_tag", format });
}

async function formatOf(library: GrammarLibrary, wanted: Wanted): Promise<StructuralTagFormat> {
  switch (wanted.type) {
    case "text":
      return { type: "grammar", grammar: wanted.grammar };
    case "schema":
      return schemaFormat(library, wanted.prepared);
    case "tool-calls": {
      const tags = [];
      for (const { begin, prepared, end } of wanted.calls)
        tags.push({ type: "tag" as const, begin, content: await schemaFormat(library, prepared), end });
      if (!wanted.format) return { type: "triggered_tags", triggers: [wanted.trigger], tags };
      const calls: GrammarFormat = { type: "grammar", grammar: callsGrammar(tags, wanted.format.isParallel) };
      return { type: "or", elements: [await formatOf(library, wanted.format.wanted), calls] };
    }
    case "after-thought": {
      const thought: GrammarFormat = { type: "grammar", grammar: thoughtGrammar(wanted) };
      return { type: "sequence", elements: [thought, await formatOf(library, wanted.wanted)] };
    }
  }
}

async function schemaFormat(
  { xgrammar }: GrammarLibrary,
  { schema, choices }: PreparedSchema,
): Promise<GrammarFormat> {
  const grammar = await xgrammar.Testings._jsonSchemaToEBNF(schema, true, -1, undefined, true, spaceMost);
  return { type: "grammar", grammar: withChoices(grammar, choices) };
}

/** Of EBNF: a text, a class of characters, or the name of a rule. */
const word = /"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|[A-Za-z_][\w-]*/g;

/**
 * Calls one below the other and nothing else, as one grammar: the library's own format for that may not stand
 * beside another. Rules have a name of their own for each call.
 */
function callsGrammar(
  tags: readonly { readonly begin: string; readonly content: GrammarFormat; readonly end: string }[],
  isParallel: boolean,
): string {
  const rules = tags.map(({ begin, content, end }, index) => {
    const inner = content.grammar.replace(word, (found) =>
      /^["[]/.test(found) ? found : `call${index}_${found}`,
    );
    return `call${index} ::= ${JSON.stringify(begin)} call${index}_root ${JSON.stringify(end)}\n${inner}`;
  });
  const call = `call ::= ${tags.map((_, index) => `call${index}`).join(" | ")}`;
  return [`root ::= call${isParallel ? String.raw` ("\n" call)*` : ""}`, call, ...rules].join("\n");
}

/** Anything up to the closing mark, which has to come, and the empty lines behind it. */
function thoughtGrammar({ open, close, isOpen }: Omit<AfterThoughtGrammar, "grammar">): string {
  const thought = isOpen ? "thought lines" : `(${JSON.stringify(open)} thought lines)?`;
  return [
    `root ::= ${thought}`,
    `thought ::= TagDispatch(stop_eos=false, stop_str=(${JSON.stringify(close)}))`,
    String.raw`lines ::= [\n]{0,4}`,
  ].join("\n");
}
