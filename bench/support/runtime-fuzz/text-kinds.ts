/** Inputs that come within files and requests: templates, grammars, stop strings. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { ModelFileError } from "../../../runtime/models/model-file-error.ts";
import { ChatTemplate, ChatTemplateError } from "../../../runtime/text/chat-template.ts";
import { GrammarCompiler } from "../../../runtime/text/grammar.ts";
import { GrammarError } from "../../../runtime/text/grammar-schema.ts";
import { StopStrings } from "../../../runtime/text/stop-strings.ts";
import { Tokenizer } from "../../../runtime/text/tokenizer.ts";
import { type FuzzKind, kindOf, met, type Places } from "./fuzz-kind.ts";
import { edited, edits, mutated, mutations } from "./mutations.ts";

/** Kinds that need no server. */
export const textKinds: Readonly<Record<string, (places: Places) => FuzzKind | Promise<FuzzKind>>> = {
  template: ({ model }) => template(model),
  grammar: ({ model }) => grammar(model),
  "stop strings": () => stopStrings(),
};

const pieces = [
  ...[
    "{% for m in messages %}",
    "{% endfor %}",
    "{{ m.content }}",
    "{{ m['role'] }}",
    "{% if tools %}",
    "{% endif %}",
  ],
  ...[
    "{% set x = messages %}",
    "{{ x | tojson }}",
    "{{ bos_token }}",
    "{{ raise_exception('no') }}",
    "{%- else -%}",
  ],
  ...["{{ range(1000000) }}", "{% for a in range(99999) %}", "{{ 'a' * 999999 }}", "{{ messages[0][1:2] }}"],
  ...[
    "{% macro f(a) %}",
    "{{ f(f) }}",
    "{% endmacro %}",
    "{{ x.y.z }}",
    "{{ loop.index }}",
    "{% set ns = namespace() %}",
  ],
  ...[
    "{{ strftime_now('%Y') }}",
    "{{ 1 / 0 }}",
    "{{ none + 1 }}",
    "{{ m.content.split('')[9] }}",
    "{#",
    "#}",
    "{%",
    "}}",
  ],
];
const templateMilliseconds = 25;

function template(model: string): FuzzKind {
  const own = JSON.parse(readFileSync(join(model, "tokenizer_config.json"), "utf8")) as {
    chat_template: string;
  };
  const words = { namedTokens: { bos_token: "<s>" }, specialTokens: new Map([["<s>", 0]]) };
  const text = fc.oneof(
    edits.map((changes) => edited(Buffer.from(own.chat_template), changes).toString()),
    fc
      .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 6 })), { maxLength: 8 })
      .map((all) => all.join("")),
  );
  const message = { role: "user", content: "Hi", tool_calls: [{ function: { name: "f", arguments: "{}" } }] };
  const messages = mutations.map((changes) => mutated([message], changes));
  return kindOf({
    inputs: fc.record({ text, messages }),
    meet: ({ text, messages }) => {
      const given = (Array.isArray(messages) ? messages : [messages]).filter(
        (one) => typeof one === "object" && one !== null,
      );
      return met(
        () => {
          const parsed = new ChatTemplate("f", text, words, {
            milliseconds: templateMilliseconds,
            characters: 10_000,
          });
          parsed.render({ messages: given });
        },
        ModelFileError,
        ChatTemplateError,
      );
    },
  });
}

/** Tokens that are drawn from what a mask lets through. */
const walkTokens = 12;

async function grammar(model: string): Promise<FuzzKind> {
  const tokenizer = Tokenizer.load(model);
  const compiler = await GrammarCompiler.create(tokenizer, [0]);
  const schema = {
    type: "object",
    properties: {
      name: { type: "string", minLength: 1, maxLength: 8 },
      kind: { enum: ["a", 1, null] },
      sizes: { type: "array", items: { type: "integer", minimum: 0, maximum: 99 }, minItems: 1, maxItems: 3 },
      shape: { anyOf: [{ type: "number" }, { $ref: "#/$defs/point" }] },
      code: { type: "string", pattern: "^[A-Z]{2}-\\d+$" },
    },
    required: ["name"],
    additionalProperties: false,
    $defs: { point: { type: "object", properties: { x: { type: "number" } } } },
  };
  const ebnf = Buffer.from('root ::= "a" | [b-d]+ thing\nthing ::= "(" root ")" | ""\n');
  const source = fc.oneof(
    mutations.map((changes) => ({
      type: "json-schema" as const,
      schema: mutated(schema, changes) as object,
    })),
    edits.map((changes) => ({ type: "ebnf" as const, grammar: edited(ebnf, changes).toString() })),
  );
  const mask = new Int32Array(Math.ceil(tokenizer.vocabularySize / 32));
  return kindOf({
    inputs: source,
    meet: async (source) => {
      if (source.type === "json-schema" && (typeof source.schema !== "object" || source.schema === null))
        return "refused";
      try {
        const matcher = await compiler.matcher(source);
        for (let count = 0; count < walkTokens && !matcher.isDone; count += 1) {
          matcher.fillMask(mask, 0);
          const word = mask.findIndex((bits) => bits !== 0);
          if (word < 0) break;
          const bits = mask[word] ?? 0;
          const token = word * 32 + 31 - Math.clz32(bits & -bits);
          if (!matcher.accept(token)) throw new Error(`token ${token} was allowed, and then refused`);
        }
        matcher.dispose();
        return "taken";
      } catch (error) {
        if (error instanceof GrammarError) return "refused";
        throw error;
      }
    },
  });
}

function stopStrings(): FuzzKind {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "ab", "🙂", "\n"), maxLength: 6 });
  const input = fc.record({
    stops: fc.array(letters, { maxLength: 5 }),
    pieces: fc.array(letters, { maxLength: 12 }),
  });
  return kindOf({
    inputs: input,
    meet: ({ stops, pieces }) => {
      const finder = new StopStrings(stops);
      let told = "";
      let found: string | undefined;
      for (const piece of pieces) {
        const { text, stop } = finder.push(piece);
        told += text;
        found ??= stop;
      }
      told += finder.end();
      const text = pieces.join("");
      const wanted = beforeFirst(text, stops);
      if (told !== wanted)
        throw new Error(`told ${JSON.stringify(told)} instead of ${JSON.stringify(wanted)}`);
      return found === undefined ? "taken" : "refused";
    },
  });
}

/** The text before the stop string that is whole first; of those that end together, the longest. */
function beforeFirst(text: string, stops: readonly string[]): string {
  for (let end = 1; end <= text.length; end += 1) {
    const ending = stops.filter((stop) => stop !== "" && text.slice(0, end).endsWith(stop));
    const longest = Math.max(0, ...ending.map((stop) => stop.length));
    if (longest > 0) return text.slice(0, end - longest);
  }
  return text;
}
