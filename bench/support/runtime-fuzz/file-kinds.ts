/** Inputs that come as files beside a model, or inside a request: each is taken, or refused by name. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { modelConfig } from "../../../runtime/models/model-config.ts";
import { ModelFileError } from "../../../runtime/models/model-file-error.ts";
import { tensorPlaces } from "../../../runtime/models/safetensors.ts";
import { ChatTemplate, ChatTemplateError } from "../../../runtime/text/chat-template.ts";
import { GrammarCompiler } from "../../../runtime/text/grammar.ts";
import { GrammarError } from "../../../runtime/text/grammar-schema.ts";
import { StopStrings } from "../../../runtime/text/stop-strings.ts";
import { Tokenizer } from "../../../runtime/text/tokenizer.ts";
import { edited, edits, mutated, mutations } from "./mutations.ts";

/** How an input was met; whatever else is thrown is a failure. */
export type Met = "taken" | "refused";

export interface FuzzKind<Input = unknown> {
  readonly inputs: fc.Arbitrary<Input>;
  readonly meet: (input: Input) => Met | Promise<Met>;
}

/** Hides the type of the inputs from whoever only plays them. */
function kindOf<Input>(kind: FuzzKind<Input>): FuzzKind {
  return kind as FuzzKind<unknown>;
}

/** Kinds that need no server, made for a directory with a good model. */
export const fileKinds: Readonly<Record<string, (model: string) => FuzzKind | Promise<FuzzKind>>> = {
  safetensors: () => safetensors(),
  config: (model) => config(model),
  tokenizer: (model) => tokenizer(model),
  template: (model) => template(model),
  grammar: (model) => grammar(model),
  "stop strings": () => stopStrings(),
};

/** Runs what may refuse its input in the ways that are named. */
function met(run: () => void, ...refusals: (new (...args: never[]) => Error)[]): Met {
  try {
    run();
    return "taken";
  } catch (error) {
    if (refusals.some((refusal) => error instanceof refusal)) return "refused";
    throw error;
  }
}

function safetensors(): FuzzKind {
  const header = {
    __metadata__: { format: "pt" },
    "model.embed_tokens.weight": { dtype: "BF16", shape: [64, 32], data_offsets: [0, 4096] },
    "model.norm.weight": { dtype: "F32", shape: [32], data_offsets: [4096, 4224] },
    "lm_head.weight": { dtype: "F16", shape: [2, 2, 2], data_offsets: [4224, 4240] },
  };
  const whole = Buffer.from(JSON.stringify(header));
  return kindOf({
    inputs: fc.oneof(
      mutations.map((changes) => Buffer.from(JSON.stringify(mutated(header, changes)) ?? "")),
      edits.map((changes) => edited(whole, changes)),
      fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
    ),
    meet: (bytes) =>
      met(() => {
        const fileBytes = 8 + bytes.length + 4240;
        for (const [name, { offset, bytes: length }] of tensorPlaces("f", bytes, fileBytes)) {
          const isWithin = offset >= 8 + bytes.length && length >= 0 && offset + length <= fileBytes;
          if (!isWithin) throw new Error(`${name} lies at ${offset}, ${length} bytes of ${fileBytes}`);
        }
      }, ModelFileError),
  });
}

function config(model: string): FuzzKind {
  const base: object = JSON.parse(readFileSync(join(model, "config.json"), "utf8"));
  const llama3 = {
    ...{ rope_type: "llama3", factor: 8, low_freq_factor: 1, high_freq_factor: 4 },
    original_max_position_embeddings: 128,
  };
  const bases = [
    base,
    { ...base, architectures: ["Qwen2ForCausalLM"], model_type: "qwen2", use_sliding_window: false },
    { ...base, architectures: ["Qwen3ForCausalLM"], model_type: "qwen3", rope_scaling: llama3 },
    { ...base, architectures: ["MistralForCausalLM"], model_type: "mistral", sliding_window: null },
  ];
  return kindOf({
    inputs: fc.tuple(fc.constantFrom(...bases), mutations).map(([one, changes]) => mutated(one, changes)),
    meet: (input) => met(() => void modelConfig("config.json", input), ModelFileError),
  });
}

function tokenizer(model: string): FuzzKind {
  const names = ["tokenizer.json", "tokenizer_config.json"] as const;
  const directory = mkdtempSync(join(tmpdir(), "plinth-bench-fuzz-"));
  const texts = names.map((name) => readFileSync(join(model, name)));
  const documents = texts.map((text) => JSON.parse(text.toString()) as unknown);
  const change = fc.oneof(
    {
      weight: 6,
      arbitrary: mutations.map((changes) => (index: number) => textOf(mutated(documents[index], changes))),
    },
    {
      weight: 1,
      arbitrary: edits.map((changes) => (index: number) => edited(texts[index] ?? Buffer.of(), changes)),
    },
  );
  const input = fc.record({
    index: fc.nat({ max: 1 }),
    change,
    text: fc.string({ unit: "binary", maxLength: 30 }),
  });
  return kindOf({
    inputs: input.map(({ index, change, text }) => ({ index, file: change(index), text })),
    meet: ({ index, file, text }) => {
      for (const [other, name] of names.entries()) {
        writeFileSync(join(directory, name), other === index ? file : (texts[other] ?? ""));
      }
      return met(() => {
        const loaded = Tokenizer.load(directory);
        loaded.decode(loaded.encode(text));
      }, ModelFileError);
    },
  });
}

function textOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value) ?? "");
}

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
const templateMilliseconds = 100;

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
