/**
 * Messages into the one text that a model was trained on, by the template that lies beside it. Whatever the
 * messages say is guarded: only the template's own words name special tokens.
 */
import { Environment, Interpreter } from "@huggingface/jinja";
import { ModelFileError } from "../models/model-file-error.ts";
import { withinTime } from "./bounded-run.ts";
import { guardAgainst } from "./special-guard.ts";
import { strftime } from "./strftime.ts";
import { readTemplateFile, type TemplateText } from "./template-files.ts";
import { guardedDeep, templateMessages } from "./template-messages.ts";
import { parseTemplate, stripFunctions, type TemplateProgram } from "./template-program.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Tokens of a prompt are a few characters each: no model has a context of so many. */
const charactersMost = 16 * 2 ** 20;
const defaultMilliseconds = 2_000;
/** Jinja's own bound in a sandbox (pallets/jinja, sandbox.py, MAX_RANGE; 2026-11-22). */
const rangeMost = 100_000;

export interface ChatInput {
  /** As the wire has them: role, content, tool_calls and whatever else the template reads. */
  readonly messages: readonly Readonly<Record<string, unknown>>[];
  readonly tools?: readonly unknown[];
  /** The prompt ends where an answer begins. Default: true. */
  readonly addGenerationPrompt?: boolean;
  /** Further variables that the template knows, such as enable_thinking. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

export interface ChatTemplateOptions {
  /** Default: two seconds. */
  readonly milliseconds?: number;
  /** Of the text that a template makes. */
  readonly characters?: number;
  /** What strftime_now tells. */
  readonly now?: () => Date;
}

/** The template refuses these messages in its own words, or makes no text of them: the request's fault. */
export class ChatTemplateError extends Error {
  override name = "ChatTemplateError";
}

/** Thrown through the interpreter by the template itself. */
class RaisedByTemplate extends Error {}

interface Source {
  readonly text: string;
  readonly program: TemplateProgram;
}

export class ChatTemplate {
  readonly #sources: { readonly usual: Source; readonly tools: Source };
  readonly #names: Readonly<Record<string, string>>;
  readonly #guard: (text: string) => string;
  readonly #options: Required<ChatTemplateOptions>;
  #isSound: boolean | undefined;

  /** Undefined for a model that has no template. Throws a ModelFileError for one that is none. */
  static load(
    directory: string,
    tokenizer: Tokenizer,
    options?: ChatTemplateOptions,
  ): ChatTemplate | undefined {
    const found = readTemplateFile(directory);
    return found && new ChatTemplate(found.file, found.template, tokenizer, options);
  }

  constructor(
    file: string,
    template: TemplateText,
    tokenizer: Pick<Tokenizer, "namedTokens" | "specialTokens">,
    {
      milliseconds = defaultMilliseconds,
      characters = charactersMost,
      now = () => new Date(),
    }: ChatTemplateOptions = {},
  ) {
    const named = (name: string) =>
      typeof template === "string" ? template : template.find((each) => each.name === name)?.template;
    const usual = named("default");
    if (usual === undefined) throw new ModelFileError(file, 'chat_template: none of them is named "default"');
    const parsed = parsedIn(file, usual);
    const forTools = named("tool_use");
    this.#sources = { usual: parsed, tools: forTools === undefined ? parsed : parsedIn(file, forTools) };
    this.#names = tokenizer.namedTokens;
    this.#guard = guardAgainst([...tokenizer.specialTokens.keys()]);
    this.#options = { milliseconds, characters, now };
  }

  /** The template's text: how it has tools called and thoughts marked can be read there. */
  get source(): string {
    return this.#sources.tools.text;
  }

  /** Whether it makes a text of one plain question: if not, what fails is no fault of the messages. */
  get isSound(): boolean {
    this.#isSound ??= this.#canRender({ messages: [{ role: "user", content: "Hello" }] });
    return this.#isSound;
  }

  #canRender(input: ChatInput): boolean {
    try {
      this.render(input);
      return true;
    } catch (error) {
      if (error instanceof ChatTemplateError) return false;
      throw error;
    }
  }

  /** For Tokenizer.encodeGuarded. Throws a ChatTemplateError. */
  render({ messages, tools, addGenerationPrompt = true, variables = {} }: ChatInput): string {
    const { text, program } = tools && tools.length > 0 ? this.#sources.tools : this.#sources.usual;
    const input = {
      ...this.#names,
      // As transformers has it where nobody gives any; they come as a variable.
      documents: null,
      ...guardedDeep(variables, this.#guard),
      messages: guardedDeep(templateMessages(messages, text), this.#guard),
      // As transformers has it: templates ask whether there are none, not whether they are defined.
      tools: tools && tools.length > 0 ? guardedDeep(tools, this.#guard) : null,
      add_generation_prompt: addGenerationPrompt,
    };
    const rendered = this.#run(program, input);
    if (rendered.length <= this.#options.characters) return rendered;
    const { characters } = this.#options;
    throw new ChatTemplateError(
      `the chat template made ${rendered.length} characters, of ${characters} at most`,
    );
  }

  #run(program: TemplateProgram, input: object): string {
    const { milliseconds, now } = this.#options;
    try {
      const variables = { ...globals(now), ...input };
      const rendered = withinTime(milliseconds, () => {
        // Made anew for each run: a template sets variables.
        return new Interpreter(environmentOf(variables)).run(program).value;
      });
      if (rendered === undefined) {
        throw new ChatTemplateError(`the chat template took longer than ${milliseconds} ms`);
      }
      return String(rendered.value);
    } catch (error) {
      if (error instanceof ChatTemplateError) throw error;
      if (error instanceof RaisedByTemplate) throw new ChatTemplateError(error.message);
      const problem = error instanceof Error ? error.message : String(error);
      throw new ChatTemplateError(`the chat template cannot render these messages: ${problem}`);
    }
  }
}

function parsedIn(file: string, text: string): Source {
  try {
    return { text, program: parseTemplate(text) };
  } catch (error) {
    const problem = error instanceof Error ? error.message : error;
    throw new ModelFileError(file, `chat_template: ${problem}`);
  }
}

function environmentOf(variables: Record<string, unknown>): Environment {
  const environment = new Environment();
  for (const [name, value] of Object.entries(variables)) {
    if (!environment.variables.has(name)) environment.set(name, value);
  }
  return environment;
}

function globals(now: () => Date): Record<string, unknown> {
  const [yes, no, none] = [true, false, null];
  return {
    ...stripFunctions,
    ...{ true: yes, True: yes, false: no, False: no, none, None: none },
    range: boundedRange,
    strftime_now: (format: unknown) => strftime(now(), String(format)),
    raise_exception: (message: unknown) => {
      throw new RaisedByTemplate(String(message));
    },
  };
}

function boundedRange(first: number, second?: number, step = 1): number[] {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (!(length <= rangeMost)) throw new Error(`a range of ${length}, of ${rangeMost} at most`);
  return Array.from({ length }, (_, index) => start + index * step);
}
