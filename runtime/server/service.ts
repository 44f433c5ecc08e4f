/** What every endpoint that generates shares: the engine, the model's text, limits and figures. */
import type { FastifyReply } from "fastify";
import type { Engine } from "../engine/contract.ts";
import type { EmbeddingConfig } from "../models/embedding-config.ts";
import type { SamplingDefaults } from "../models/generation-config.ts";
import type { Admission } from "./admission.ts";
import type { Piece } from "./answer-text.ts";
import { ApiError } from "./api-error.ts";
import type { Backlog } from "./backlog.ts";
import type { Exchange, ExchangeFigures } from "./exchange.ts";
import {
  checkToken,
  type EndFields,
  ofChoice,
  type SamplingFields,
  samplingOf,
  stopStringsOf,
} from "./generation-fields.ts";
import type { Metrics } from "./metrics.ts";
import { Phases } from "./phases.ts";
import type { Place, Places } from "./places.ts";
import type { ServerSettings } from "./settings.ts";
import type { TextModel } from "./text.ts";
import type { TextReader } from "./text-reader.ts";
import type { HeldGrammar } from "./tool-plan.ts";
import { type Choice, type ChoiceEnd, Work, type WorkListener } from "./work.ts";

/** What probes are told, beside whether the engine is ready. */
export interface Health {
  /** No new work is to come. */
  isDraining: boolean;
}

export interface Service {
  readonly engine: Engine;
  readonly text: TextModel;
  readonly reader: TextReader;
  readonly embedding: EmbeddingConfig;
  readonly settings: ServerSettings;
  readonly admission: Admission;
  readonly backlog: Backlog;
  readonly places: Places;
  readonly metrics: Metrics;
  /** Milliseconds, never going back. */
  readonly now: () => number;
  readonly health: Health;
  /** Seconds since 1970, when the model was loaded. */
  readonly loadedAt: number;
}

/** Handles a body; undefined once the answer was sent as events. */
export type Endpoint = (
  exchange: Exchange,
  body: unknown,
  reply: FastifyReply,
) => Promise<object | undefined>;

export interface Ask {
  /** What `takeModel` answered. */
  readonly adapter: number;
  /** The field that the prompt was made of. */
  readonly promptParam: string;
  readonly prompt: Int32Array;
  readonly choices: number;
  readonly fields: SamplingFields & EndFields;
  /** Of the answer, as asked for: the field's name and its number. */
  readonly answer: { readonly param: string; readonly tokens: number | null | undefined };
  /** Tokens of an answer for which no number was asked; default: the server's setting. */
  readonly answerTokens?: number;
  /** As the engine wants it: -1 for none. */
  readonly logprobs: number;
  readonly grammar?: HeldGrammar | undefined;
  /** Special tokens that are text to whoever reads the answer. Default: none. */
  readonly marks?: readonly string[];
  /** Whoever reads the answer may have enough at any token. Default: false. */
  readonly isHeardByToken?: boolean;
}

/** All that requests may call the model, and its adapters. */
export function servedNames({ settings, engine }: Pick<Service, "settings" | "engine">): readonly string[] {
  return [...settings.models, ...(engine.facts.adapters ?? [])];
}

/**
 * The model that is meant, by any of its names: 0, or the number of one of its adapters, from 1. Only who has
 * shown a key is told what else there is.
 */
export function checkModel({ settings, engine }: Service, model: string, isListed = true): number {
  if (settings.models.includes(model)) return 0;
  const { adapters = [] } = engine.facts;
  const index = adapters.indexOf(model);
  if (index !== -1) return index + 1;
  const known = isListed ? `; known: ${servedNames({ settings, engine }).join(", ")}` : "";
  const message = `the model "${model.slice(0, 256)}" is not served here${known}`;
  throw new ApiError("model_not_found", message, { param: "model" });
}

/** The model that a request is for; its log and its span tell the name. */
export function takeModel(service: Service, { figures }: Exchange, model: string): number {
  const adapter = checkModel(service, model);
  figures.model = model;
  return adapter;
}

/** What the engine is to do, or why it cannot. */
export function choicesOf(service: Service, { caller }: Exchange, ask: Ask): Choice[] {
  const { settings, text, engine } = service;
  const { fields, prompt, grammar } = ask;
  if (ask.choices > settings.choices) {
    const message = `n: ${ask.choices} choices, where ${settings.choices} are allowed`;
    throw new ApiError("invalid_value", message, { param: "n" });
  }
  const stops = stopStringsOf(fields, settings.stopStrings);
  for (const token of fields.stop_token_ids ?? [])
    checkToken(token, engine.facts.vocabularySize, "stop_token_ids");
  const answerTokens = answerTokensOf(service, ask);
  const problem = grammar && text.grammarProblem(grammar.source);
  if (problem) throw new ApiError("invalid_grammar", problem, { param: grammar.param });
  const sampling = samplingOf(fields, engine.facts.vocabularySize, ask.logprobs, defaultsOf(service));
  const request = {
    prompt,
    answerTokens,
    minimumTokens: fields.min_tokens ?? 0,
    stopTokens: [...(fields.ignore_eos ? [] : text.stopTokens), ...(fields.stop_token_ids ?? [])],
    tenant: caller.tenant,
    priority: caller.priority,
    salt: settings.isCacheShared ? 0 : caller.number,
    adapter: ask.adapter,
    ...(grammar && { grammar: grammar.source }),
  };
  return Array.from({ length: ask.choices }, (_, index) => ({
    request: { ...request, sampling: ofChoice(sampling, index) },
    stops,
    marks: ask.marks ?? [],
    isHeardByToken: ask.isHeardByToken ?? false,
    ...(grammar && { grammarParam: grammar.param }),
  }));
}

/** What a request leaves open is as the model has it, unless the settings want OpenAI's. */
function defaultsOf({ settings, text }: Service): SamplingDefaults {
  return settings.samplingDefaults === "model" ? text.defaults : {};
}

function answerTokensOf(service: Service, ask: Ask): number {
  const { settings, engine } = service;
  const { prompt, promptParam, answer, fields, answerTokens } = ask;
  const { sequenceTokens } = engine.facts;
  const promptMost = Math.min(settings.promptTokens ?? sequenceTokens - 1, sequenceTokens - 1);
  if (prompt.length < 1)
    throw new ApiError("invalid_value", "the prompt has no token", { param: promptParam });
  if (prompt.length > promptMost) {
    const message =
      `the prompt has ${prompt.length} tokens, where ${promptMost} are possible: ` +
      `the context has ${sequenceTokens}, prompt and answer together`;
    throw new ApiError("context_length_exceeded", message, { param: promptParam });
  }
  const left = sequenceTokens - prompt.length;
  const { param, tokens } = answer;
  const most = settings.answerTokensMax ?? sequenceTokens;
  if (typeof tokens === "number" && tokens > most)
    throw new ApiError("invalid_value", `${param}: ${tokens} tokens, where ${most} are allowed`, { param });
  if (typeof tokens === "number" && tokens > left) {
    const message =
      `the prompt has ${prompt.length} tokens and the answer is to have ${tokens}: ` +
      `together more than the ${sequenceTokens} of the context; ${left} are left for an answer`;
    throw new ApiError("context_length_exceeded", message, { param });
  }
  const usual = answerTokens ?? settings.answerTokens ?? defaultsOf(service).answerTokens ?? left;
  const wanted = tokens ?? Math.min(left, most, usual);
  if ((fields.min_tokens ?? 0) <= wanted) return wanted;
  const message = `min_tokens: ${fields.min_tokens}, where the answer has ${wanted} at most`;
  throw new ApiError("invalid_value", message, { param: "min_tokens" });
}

/** Generates, measures, and answers with the ends of all choices. */
export async function generate(
  service: Service,
  exchange: Exchange,
  choices: readonly Choice[],
  listener: Omit<WorkListener, "begun" | "held">,
): Promise<readonly ChoiceEnd[]> {
  const { engine, text, metrics, now, backlog } = service;
  // First, since whoever is refused here pays for nothing.
  service.places.check(exchange.caller);
  countAnswers(service, exchange, choices.length);
  const { figures } = exchange;
  const heardAt: number[] = [];
  const retrySeconds = () => backlog.retrySeconds();
  const stays = staysOf(service, exchange);
  const phases = choices.map(() => new Phases(metrics));
  const counter = promptCounter(figures, choices);
  for (const { request } of choices) exchange.said?.asked(text, request.prompt);
  const piece = (choice: number, piece: Piece) => {
    exchange.said?.answered(choice, piece.text);
    const [at, before] = [now(), heardAt[choice]];
    counter.computed(choice);
    stays.places[choice]?.came(piece.tokens.length);
    if (before === undefined) {
      const seconds = (at - exchange.arrivedAt) / 1000;
      metrics.firstToken(seconds);
      figures.firstTokenSeconds ??= seconds;
      exchange.firstTokenAt ??= at;
      phases[choice]?.firstToken(at);
      stays.begun[choice]?.();
      backlog.computed(choices[choice]?.request.prompt.length ?? 0);
    } else metrics.between((at - before) / 1000, piece.tokens.length);
    heardAt[choice] = at;
    figures.answerTokens += piece.tokens.length;
    backlog.computed(piece.tokens.length);
    return listener.piece(choice, piece);
  };
  const takenUp = (choice: number, millisecondsAgo: number) => {
    const at = now() - millisecondsAgo;
    exchange.takenUpAt ??= at;
    stays.places[choice]?.begun(millisecondsAgo);
    phases[choice]?.takenUp(exchange.startedAt ?? at, at);
  };
  const end = (choice: number, end: ChoiceEnd) => {
    phases[choice]?.ended(now(), end.answerTokens);
    stays.places[choice]?.leave(true);
    figures.finishes.push(end.finish);
    counter.ended(choice, end);
    backlog.answered(end.answerTokens);
    metrics.finished(end, (now() - exchange.arrivedAt) / 1000, choices[choice]?.request.answerTokens);
    listener.end(choice, end);
  };
  const told = { begun: takenUp, piece, end, held: stays.hold };
  const options = { engine, text, choices, listener: told, retrySeconds };
  try {
    exchange.startedAt = now();
    const work = exchange.begin(() => new Work(options));
    // Who is sent away waits for the others alone.
    stays.begin(choices);
    return await work.done;
  } catch (error) {
    const code = error instanceof ApiError ? error.code : "internal_error";
    if (code === "queue_full") metrics.refused("queue");
    const reason = code === "client_closed_request" ? "abort" : "error";
    // Of a request that was refused nothing has failed.
    for (let left = stays.begun.length - figures.finishes.length; left > 0; left -= 1) metrics.failed(reason);
    throw error;
  } finally {
    stays.end();
  }
}

/** How long each choice waits, and has its place. */
function staysOf({ backlog, places }: Service, { caller }: Exchange) {
  const stays = { begun: [] as (() => void)[], places: [] as Place[] };
  const begin = (choices: readonly Choice[]) => {
    for (const { request } of choices) {
      stays.begun.push(backlog.wait(request.prompt.length, request.answerTokens));
      stays.places.push(places.take(caller, request.answerTokens));
    }
  };
  const hold = (isHeld: boolean) => {
    for (const place of stays.places) place.hold(isHeld);
  };
  const end = () => {
    for (const each of stays.begun) each();
    for (const place of stays.places) place.leave();
  };
  return { ...stays, begin, hold, end };
}

function countAnswers({ engine }: Service, { entry }: Exchange, answers: number): void {
  const most = engine.facts.requests;
  if (answers > most)
    throw new ApiError("invalid_value", `${answers} answers at once, where ${most} are possible`);
  entry.countAnswers(answers);
}

/** Counts prompts as usage does, each once, but as soon as it is known: an answer may never be whole. */
function promptCounter(figures: ExchangeFigures, choices: readonly Choice[]) {
  /** The first choice of each prompt: those of one prompt share it. */
  const firsts = new Map<Int32Array | undefined, number>();
  for (const [choice, { request }] of choices.entries()) {
    if (!firsts.has(request.prompt)) firsts.set(request.prompt, choice);
  }
  const counted = new Set<Int32Array>();
  const computed = (choice: number) => {
    const prompt = choices[choice]?.request.prompt;
    if (!prompt || counted.has(prompt)) return;
    counted.add(prompt);
    figures.promptTokens += prompt.length;
  };
  const ended = (choice: number, { cachedTokens }: ChoiceEnd) => {
    computed(choice);
    if (firsts.get(choices[choice]?.request.prompt) === choice) figures.cachedTokens += cachedTokens;
  };
  return { computed, ended };
}
