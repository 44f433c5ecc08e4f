/** POST /v1/completions: text goes on, without a conversation. */
import { z } from "zod";
import type { PlacedToken } from "./answer-text.ts";
import { ApiError } from "./api-error.ts";
import { type Exchange, newId } from "./exchange.ts";
import { endFields, harmlessFields, samplingFields, streamFields } from "./generation-fields.ts";
import { completionLogprobs } from "./logprobs.ts";
import { encodedPrompts, promptField, promptList } from "./prompt-field.ts";
import { failWithFrame, type Send, streamReply } from "./reply-stream.ts";
import { parseBody, unsupported } from "./request-body.ts";
import { choicesOf, type Endpoint, generate, type Service, takeModel } from "./service.ts";
import { usageOf } from "./usage.ts";
import type { Choice } from "./work.ts";

/** Tokens of an answer for which no number was asked: OpenAI's own default. */
const defaultTokens = 16;

const completionFields = z.strictObject({
  model: z.string(),
  prompt: promptField,
  ...samplingFields,
  ...endFields,
  ...streamFields,
  ...harmlessFields,
  n: z.int().min(1).nullish(),
  max_tokens: z.int().min(1).nullish(),
  logprobs: z.int().min(0).max(20).nullish(),
  echo: z.boolean().nullish(),
  best_of: z.int().min(0).nullish(),
  suffix: unsupported("this model does not fill in what stands before a text"),
});

type CompletionFields = z.output<typeof completionFields>;

interface Completion {
  readonly service: Service;
  readonly exchange: Exchange;
  readonly fields: CompletionFields;
  readonly choices: readonly Choice[];
  /** Choices of one prompt, which follow one another. */
  readonly perPrompt: number;
  /** What is told before the answer, by choice. */
  readonly echoes: readonly string[];
  readonly head: {
    readonly id: string;
    readonly object: string;
    readonly created: number;
    readonly model: string;
  };
}

export function completionEndpoint(service: Service): Endpoint {
  return async (exchange, body, reply) => {
    const fields = parseBody(completionFields, body);
    const adapter = takeModel(service, exchange, fields.model);
    checkChoices(fields);
    const perPrompt = fields.n ?? 1;
    const prompts = await promptsOf(service, exchange, fields.prompt);
    const choices = prompts.flatMap((prompt) =>
      choicesOf(service, exchange, {
        adapter,
        prompt,
        promptParam: "prompt",
        choices: perPrompt,
        fields,
        answer: { param: "max_tokens", tokens: fields.max_tokens },
        answerTokens: defaultTokens,
        logprobs: fields.logprobs ?? -1,
      }),
    );
    const echoes = await echoesOf(service, exchange, fields, perPrompt);
    const created = Math.floor(Date.now() / 1000);
    const head = { id: newId("cmpl-"), object: "text_completion", created, model: fields.model };
    const completion = { service, exchange, fields, choices, perPrompt, echoes, head };
    if (!fields.stream) return wholeCompletion(completion);
    const run = (send: Send) => streamCompletion(completion, send);
    await streamReply(service, exchange, reply, { run, fail: failWithFrame });
    return undefined;
  };
}

function checkChoices({ best_of, n, echo, logprobs }: CompletionFields): void {
  if (typeof best_of === "number" && best_of !== (n ?? 1)) {
    const message = "best_of: is not supported: every choice is told, so it can only be as many as n";
    throw new ApiError("unsupported_parameter", message, { param: "best_of" });
  }
  if (!echo || typeof logprobs !== "number") return;
  const message = "echo: is not supported together with logprobs: those of the prompt are not known";
  throw new ApiError("unsupported_parameter", message, { param: "echo" });
}

function promptsOf(
  service: Service,
  exchange: Exchange,
  prompt: CompletionFields["prompt"],
): Promise<readonly Int32Array[]> {
  const { settings } = service;
  const list = promptList(prompt);
  if (list.length > settings.prompts) {
    const message = `prompt: ${list.length} prompts, where ${settings.prompts} are allowed`;
    throw new ApiError("invalid_value", message, { param: "prompt" });
  }
  return encodedPrompts(service, exchange, list, () => "prompt");
}

/** One for each choice. */
async function echoesOf(
  { reader }: Service,
  exchange: Exchange,
  { echo, prompt }: CompletionFields,
  perPrompt: number,
): Promise<string[]> {
  const echoes: string[] = [];
  for (const one of promptList(prompt)) {
    const isTold = echo ?? false;
    const text = !isTold ? "" : typeof one === "string" ? one : await reader.decode(exchange, one);
    echoes.push(...Array<string>(perPrompt).fill(text));
  }
  return echoes;
}

async function wholeCompletion(completion: Completion): Promise<object> {
  const { service, exchange, fields, choices, perPrompt, echoes, head } = completion;
  const texts = [...echoes];
  const tokens: PlacedToken[][] = choices.map(() => []);
  const ends = await generate(service, exchange, choices, {
    piece: (choice, piece) => {
      texts[choice] += piece.text;
      tokens[choice]?.push(...piece.tokens);
    },
    end: () => undefined,
  });
  const isLogged = typeof fields.logprobs === "number";
  return {
    ...head,
    choices: ends.map(({ finish }, index) => ({
      index,
      text: texts[index],
      logprobs: isLogged ? completionLogprobs(service.text, tokens[index] ?? []) : null,
      finish_reason: finish,
    })),
    usage: usageOf(ends, perPrompt),
  };
}

async function streamCompletion(completion: Completion, send: Send): Promise<void> {
  const { service, exchange, fields, choices, perPrompt, echoes, head } = completion;
  const isUsageWanted = fields.stream_options?.include_usage ?? false;
  const isLogged = typeof fields.logprobs === "number";
  const begun = JSON.stringify(head).slice(0, -1);
  const usage = isUsageWanted ? ',"usage":null' : "";
  const echoed = new Set<number>();
  const tell = (choice: number, text: string, tokens: readonly PlacedToken[], finish: string | null) => {
    const echo = echoed.has(choice) ? "" : (echoes[choice] ?? "");
    echoed.add(choice);
    const logprobs = isLogged ? completionLogprobs(service.text, tokens) : null;
    const told = { index: choice, text: echo + text, logprobs, finish_reason: finish };
    send(`${begun},"choices":[${JSON.stringify(told)}]${usage}}`);
  };
  const ends = await generate(service, exchange, choices, {
    piece: (choice, { text, tokens }) => {
      if (text !== "" || isLogged) tell(choice, text, tokens, null);
    },
    end: (choice, { finish }) => tell(choice, "", [], finish),
  });
  if (isUsageWanted) send(`${begun},"choices":[],"usage":${JSON.stringify(usageOf(ends, perPrompt))}}`);
  send("[DONE]");
}
