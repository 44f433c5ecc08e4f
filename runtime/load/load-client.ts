/** Asks a server of OpenAI's completions for one answer, in events, as a load does. */
import { z } from "zod";
import type { LoadAnswer, LoadSender } from "./load-run.ts";
import type { LoadRequest } from "./workload.ts";

export interface LoadTarget {
  /** Without a path. */
  readonly url: string;
  readonly model: string;
  readonly key?: string;
  /** Whether answers go on to their full length. */
  readonly ignoresEnd: boolean;
  readonly timeoutSeconds: number;
}

const event = z.looseObject({
  choices: z.array(z.looseObject({ finish_reason: z.string().nullish() })).optional(),
  usage: z.looseObject({ prompt_tokens: z.number(), completion_tokens: z.number() }).nullish(),
  error: z.looseObject({ code: z.string().nullish(), message: z.string() }).nullish(),
});

/** Characters of an event at most. */
const eventCharacters = 1024 * 1024;

export function loadSender(target: LoadTarget): LoadSender {
  return async (request, piece) => {
    const response = await ask(target, request);
    if (!response.ok || !response.body) throw new Error(`${response.status} ${await codeOf(response)}`);
    let answer: LoadAnswer | undefined;
    let isWhole = false;
    for await (const data of eventsOf(response.body)) {
      const { choices = [], usage, error } = event.parse(JSON.parse(data));
      if (error) throw new Error(error.code ?? error.message);
      if (usage) answer = { promptTokens: usage.prompt_tokens, answerTokens: usage.completion_tokens };
      const [choice] = choices;
      if (!choice) continue;
      if (choice.finish_reason) isWhole = true;
      else piece();
    }
    if (!isWhole) throw new Error("the answer ended before it was whole");
    if (!answer) throw new Error("the answer tells no usage");
    return answer;
  };
}

function ask(target: LoadTarget, { prompt, answerTokens }: LoadRequest): Promise<Response> {
  const { url, model, key, ignoresEnd, timeoutSeconds } = target;
  return fetch(`${url}/v1/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({
      model,
      prompt,
      max_tokens: answerTokens,
      temperature: 0,
      ...(ignoresEnd && { ignore_eos: true }),
      stream: true,
      stream_options: { include_usage: true },
    }),
    signal: AbortSignal.timeout(timeoutSeconds * 1000),
  });
}

async function codeOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { error } = event.parse(JSON.parse(text));
    return error?.code ?? error?.message ?? "";
  } catch {
    return text.slice(0, 100);
  }
}

/** The data of each event. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let left = "";
  for await (const bytes of body) {
    left += decoder.decode(bytes, { stream: true });
    const frames = left.split("\n\n");
    left = frames.pop() ?? "";
    if (left.length > eventCharacters) throw new Error("an event has more characters than are read");
    for (const frame of frames) {
      const data = /^data: ?(.*)$/m.exec(frame)?.[1];
      if (data !== undefined && data !== "[DONE]") yield data;
    }
  }
}
