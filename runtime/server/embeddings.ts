/** POST /v1/embeddings: texts or tokens in, a vector for each of them out. */
import { z } from "zod";
import { greedy } from "../engine/greedy.ts";
import { ApiError } from "./api-error.ts";
import { type Embedded, EmbeddingWork } from "./embedding-work.ts";
import type { Exchange } from "./exchange.ts";
import { Phases } from "./phases.ts";
import type { Place } from "./places.ts";
import { encodedPrompts, promptField, promptList } from "./prompt-field.ts";
import { parseBody } from "./request-body.ts";
import { type Endpoint, type Service, takeModel } from "./service.ts";

const embeddingFields = z.strictObject({
  model: z.string(),
  input: promptField,
  encoding_format: z.enum(["float", "base64"]).nullish(),
  dimensions: z.int().min(1).nullish(),
  user: z.string().max(1024).nullish(),
});

type EmbeddingFields = z.output<typeof embeddingFields>;

export function embeddingEndpoint(service: Service): Endpoint {
  return async (exchange, body) => {
    const fields = parseBody(embeddingFields, body);
    const adapter = takeModel(service, exchange, fields.model);
    checkDimensions(service, fields.dimensions);
    const inputs = await inputsOf(service, exchange, fields.input);
    const embedded = await embed(service, exchange, inputs, adapter);
    const promptTokens = inputs.reduce((sum, { length }) => sum + length, 0);
    const told = embedded.map(({ embedding }, index) => {
      const cut = cutEmbedding(embedding, fields.dimensions, service.embedding.isNormalized);
      return { object: "embedding", index, embedding: written(cut, fields.encoding_format) };
    });
    const usage = { prompt_tokens: promptTokens, total_tokens: promptTokens };
    return { object: "list", data: told, model: fields.model, usage };
  };
}

function checkDimensions({ embedding, engine }: Service, dimensions: EmbeddingFields["dimensions"]): void {
  if (typeof dimensions !== "number" || dimensions === engine.facts.hiddenSize) return;
  const refuse = (problem: string, code: "invalid_value" | "unsupported_parameter") => {
    throw new ApiError(code, `dimensions: ${problem}`, { param: "dimensions" });
  };
  const { hiddenSize } = engine.facts;
  const known = embedding.dimensions;
  if (known === "all") refuse("this model was not made for shorter embeddings", "unsupported_parameter");
  if (dimensions > hiddenSize)
    refuse(`${dimensions}, where this model has ${hiddenSize} values`, "invalid_value");
  if (typeof known !== "string" && !known.includes(dimensions))
    refuse(`${dimensions}, where this model has ${known.join(", ")}`, "invalid_value");
}

/** Tokens of each input; each is small enough, and so are all of them together. */
async function inputsOf(
  service: Service,
  exchange: Exchange,
  input: EmbeddingFields["input"],
): Promise<readonly Int32Array[]> {
  const { embeddingInputs, embeddingTokens, promptTokens } = service.settings;
  const list = promptList(input);
  const refuse = (
    message: string,
    param = "input",
    code: "invalid_value" | "context_length_exceeded" = "invalid_value",
  ) => {
    throw new ApiError(code, message, { param });
  };
  if (list.length > embeddingInputs)
    refuse(`input: ${list.length} inputs, where ${embeddingInputs} are allowed`);
  const { sequenceTokens } = service.engine.facts;
  const most = Math.min(promptTokens ?? sequenceTokens, sequenceTokens);
  const paramOf = (index: number) => (list.length > 1 ? `input[${index}]` : "input");
  const inputs = await encodedPrompts(service, exchange, list, paramOf);
  let sum = 0;
  for (const [index, tokens] of inputs.entries()) {
    const param = paramOf(index);
    if (list[index]?.length === 0 || tokens.length === 0) refuse(`${param}: is empty`, param);
    if (tokens.length > most) {
      const message = `${param}: has ${tokens.length} tokens, where ${most} are possible`;
      refuse(message, param, "context_length_exceeded");
    }
    sum += tokens.length;
    if (sum > embeddingTokens) refuse(`input: more than ${embeddingTokens} tokens, all inputs together`);
  }
  return inputs;
}

/** Computes, measures, and answers in the order of the inputs. */
async function embed(
  service: Service,
  exchange: Exchange,
  inputs: readonly Int32Array[],
  adapter: number,
): Promise<readonly Embedded[]> {
  const { engine, settings, backlog, places, metrics, now, embedding } = service;
  const { caller, figures } = exchange;
  places.check(caller);
  // How many at a time is the server's own choice: where a key has fewer left, it takes longer.
  const most = exchange.entry.takePlaces(Math.min(settings.embeddingsAtOnce, inputs.length));
  let finished = 0;
  const waiting: (() => void)[] = [];
  const takenAt: number[] = [];
  const taken: Place[] = [];
  const phases = inputs.map(() => new Phases(metrics));
  const request = {
    answerTokens: 0,
    pooling: embedding.pooling,
    stopTokens: [],
    sampling: greedy,
    tenant: caller.tenant,
    priority: caller.priority,
    salt: settings.isCacheShared ? 0 : caller.number,
    adapter,
  };
  const options = {
    engine,
    requests: inputs.map((prompt) => ({ ...request, prompt })),
    atOnce: most,
    retrySeconds: () => backlog.retrySeconds(),
    taken: (index: number) => {
      takenAt[index] = now();
      waiting[index] = backlog.wait(inputs[index]?.length ?? 0, 0);
      taken[index] = places.take(caller, 0);
    },
    begun: (index: number, millisecondsAgo: number) => {
      const at = now() - millisecondsAgo;
      exchange.takenUpAt ??= at;
      taken[index]?.begun(millisecondsAgo);
      phases[index]?.takenUp(takenAt[index] ?? at, at);
    },
    ended: (index: number, { promptTokens, cachedTokens }: Embedded["end"]) => {
      finished += 1;
      phases[index]?.ended(now());
      taken[index]?.leave(true);
      waiting[index]?.();
      backlog.computed(promptTokens);
      figures.promptTokens += promptTokens;
      figures.cachedTokens += cachedTokens;
      const counts = { finish: "stop", promptTokens, cachedTokens, answerTokens: 0 } as const;
      metrics.finished(counts, (now() - exchange.arrivedAt) / 1000);
    },
  };
  try {
    exchange.startedAt = now();
    return await exchange.begin(() => new EmbeddingWork(options)).done;
  } catch (error) {
    const code = error instanceof ApiError ? error.code : "internal_error";
    if (code === "queue_full") metrics.refused("queue");
    const reason = code === "client_closed_request" ? "abort" : "error";
    // What the engine did not take has not failed.
    for (let left = waiting.length - finished; left > 0; left -= 1) metrics.failed(reason);
    throw error;
  } finally {
    for (const each of waiting) each();
    for (const place of taken) place.leave();
  }
}

/** Its first values, divided by their length where the model's are. */
export function cutEmbedding(
  embedding: Float32Array,
  dimensions: number | null | undefined,
  isNormalized: boolean,
): Float32Array {
  const cut = embedding.subarray(0, dimensions ?? embedding.length);
  if (!isNormalized) return cut;
  const squares = cut.reduce((sum, value) => sum + value * value, 0);
  // Of zeros nothing can be said: they stay as they are.
  const length = squares === 0 ? 1 : Math.sqrt(squares);
  return cut.map((value) => value / length);
}

/** base64: 32-bit floats, the lowest byte first. */
function written(embedding: Float32Array, format: EmbeddingFields["encoding_format"]): number[] | string {
  if (format !== "base64") return [...embedding];
  const bytes = Buffer.alloc(embedding.length * 4);
  for (const [index, value] of embedding.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString("base64");
}
