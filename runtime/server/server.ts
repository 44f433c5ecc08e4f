/** The HTTP server of the runtime: OpenAI's endpoints and KServe's over one engine. */
import { setTimeout as sleep } from "node:timers/promises";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Engine } from "../engine/contract.ts";
import type { EmbeddingConfig } from "../models/embedding-config.ts";
import { AdapterWatch } from "./adapter-watch.ts";
import { Admission } from "./admission.ts";
import { ApiError, apiErrorOf } from "./api-error.ts";
import { KeyRing } from "./api-keys.ts";
import { Backlog } from "./backlog.ts";
import { clientErrorAnswer } from "./client-error.ts";
import { Departure } from "./departure.ts";
import { endpointsOf } from "./endpoints.ts";
import { Exchange, type LogEntry, noFigures, requestId } from "./exchange.ts";
import { healthRoutes } from "./health.ts";
import { KnownRoutes } from "./known-routes.ts";
import { Metrics } from "./metrics.ts";
import { modelRoutes } from "./models.ts";
import { OpenAnswers } from "./open-answers.ts";
import { infer, inferPaths, type ModelPath, openInferenceRoutes } from "./open-inference.ts";
import { Patience } from "./patience.ts";
import { Places } from "./places.ts";
import { checkShape } from "./request-body.ts";
import { routedUrl } from "./routed-url.ts";
import { SaidText } from "./said-text.ts";
import { type Health, type Service, servedNames } from "./service.ts";
import type { ApiKey, ServerSettings } from "./settings.ts";
import type { TextModel } from "./text.ts";
import { TextReader, type TextThreads } from "./text-reader.ts";
import { Tracing } from "./tracing.ts";

declare module "fastify" {
  interface FastifyRequest {
    exchange: Exchange | null;
    /** Empty where nobody is known. */
    tenant: string;
  }
}

export interface RuntimeServerOptions {
  readonly engine: Engine;
  readonly text: TextModel;
  /** Where long texts are read; whoever began them ends them. */
  readonly textThreads: TextThreads;
  /** How embeddings are made of hidden states. */
  readonly embedding: EmbeddingConfig;
  readonly settings: ServerSettings;
  /** Of the runtime, as told to clients. */
  readonly version: string;
  /** Called once for each request that does work, or is refused. Default: nobody listens. */
  readonly log?: (entry: LogEntry) => void;
  /** Further routes, such as a page at `/`. */
  readonly extend?: (app: FastifyInstance) => void;
}

/** What is answered without the engine. */
const textPaths: ReadonlySet<string> = new Set(["/tokenize", "/detokenize"]);

/** Seconds in which what is left of an answer is sent after the deadline. */
const flushSeconds = 2;

export class RuntimeServer {
  private readonly options: RuntimeServerOptions;
  private readonly service: Service;
  private readonly keys: KeyRing;
  private readonly tracing: Tracing | undefined;
  private readonly app: FastifyInstance;
  private readonly departure: Departure;
  private readonly answers: OpenAnswers;
  private readonly health: Health = { isDraining: false };
  private readonly exchanges = new Set<Exchange>();
  private emptied: (() => void) | undefined;

  constructor(options: RuntimeServerOptions) {
    const { text, embedding, settings } = options;
    this.options = options;
    const now = () => performance.now();
    const watch = options.engine.facts.adapters?.length ? new AdapterWatch(options.engine) : undefined;
    const engine = watch ?? options.engine;
    const metrics = new Metrics(engine, settings.models[0] ?? "", watch);
    const refused = metrics.refused.bind(metrics);
    const backlog = new Backlog(now);
    const retrySeconds = () => backlog.retrySeconds();
    const { requests, waitSeconds } = settings;
    const ring = new KeyRing(settings.keys);
    this.keys = ring;
    const isShared = () => ring.tenants > 1;
    const places = new Places({ facts: engine.facts, waitSeconds, isShared, now, refused });
    const checkWait = places.check.bind(places);
    const admission = new Admission({ requests, now, retrySeconds, checkWait, refused });
    const loadedAt = Math.floor(Date.now() / 1000);
    const { health } = this;
    const reader = new TextReader({ text, threads: options.textThreads, settings, now, refused });
    const limits = { settings, admission, backlog, places, metrics };
    this.service = { engine, text, reader, embedding, ...limits, now, loadedAt, health };
    const [endpoint, model = ""] = [settings.tracesEndpoint, settings.models[0]];
    if (endpoint) this.tracing = new Tracing({ endpoint, model, version: options.version });
    this.app = this.makeApp();
    this.departure = new Departure(this.app.server);
    this.answers = new OpenAnswers(this.app.server);
  }

  /** Answers the port, which is chosen by the system where 0 was asked for. */
  async listen(host: string, port: number): Promise<number> {
    await this.app.listen({ host, port });
    const [address] = this.app.addresses();
    if (!address || typeof address === "string") throw new Error("the server listens at no port");
    return address.port;
  }

  /** Whoever asks from now on has one of these keys; who has been let in is answered. */
  useKeys(keys: readonly ApiKey[]): void {
    this.keys.use(keys);
  }

  /**
   * Unready, it serves on for `leaveSeconds` for whoever has not heard of it. Answers tell their clients to
   * end their connections: who asks again comes to another server.
   */
  async leave(): Promise<void> {
    this.health.isDraining = true;
    this.departure.begin();
    await sleep(this.options.settings.leaveSeconds * 1000, undefined, { ref: false });
  }

  /**
   * Takes no new work, finishes what it has for so many seconds, ends the rest with an error, and closes.
   * Probes are answered until then. The engine is left as it is. Default: the setting `drainSeconds`.
   */
  async close(seconds: number = this.options.settings.drainSeconds): Promise<void> {
    this.health.isDraining = true;
    this.departure.end();
    this.service.admission.close();
    await this.empty(seconds);
    const error = new ApiError("draining", "the server is being stopped", { retrySeconds: 1 });
    for (const exchange of this.exchanges) exchange.interrupt(error);
    await this.empty(flushSeconds);
    await this.app.close();
    await this.tracing?.close();
  }

  /** Resolves once nothing is open any more, or after so many seconds. */
  private async empty(seconds: number): Promise<void> {
    if (this.exchanges.size === 0) return;
    await new Promise<void>((resolve) => {
      const deadline = setTimeout(resolve, seconds * 1000);
      this.emptied = () => {
        clearTimeout(deadline);
        resolve();
      };
    });
  }

  private makeApp(): FastifyInstance {
    const { settings } = this.options;
    const app = fastify({
      bodyLimit: settings.bodyBytes,
      requestTimeout: settings.receiveSeconds * 1000,
      http: {
        highWaterMark: settings.writeBufferBytes,
        // Node gives a request the longer of the two.
        headersTimeout: settings.receiveSeconds * 1000,
        requestTimeout: settings.receiveSeconds * 1000,
        connectionsCheckingInterval: 1000,
      },
      forceCloseConnections: true,
      return503OnClosing: false,
      requestIdHeader: false,
      genReqId: ({ headers }) => requestId(headers["x-request-id"]),
      rewriteUrl: ({ url = "/" }) => routedUrl(url, servedNames(this.service)),
      // Names have 256 characters, some of which may be escaped.
      routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1024 },
      clientErrorHandler: ({ code }, socket) => this.answers.refuse(socket, clientErrorAnswer(code)),
    });
    app.server.maxConnections = settings.connections;
    app.decorateRequest("exchange", null);
    app.decorateRequest("tenant", "");
    const routes = new KnownRoutes(app);
    app.addHook("onRequest", async (request, reply) => {
      reply.header("x-request-id", request.id);
      // Nobody has let it in: its body is not read.
      if (request.is404) throw routes.refusalOf(request);
    });
    app.setErrorHandler((error, request, reply) => this.answerError(error, request, reply));
    this.addRoutes(app);
    this.options.extend?.(app);
    return app;
  }

  private addRoutes(app: FastifyInstance): void {
    const { service } = this;
    healthRoutes(app, service);
    app.get("/version", () => ({ version: this.options.version }));
    app.get("/metrics", async (_, reply) => {
      return reply.type(service.metrics.contentType).send(await service.metrics.text());
    });
    openInferenceRoutes(app, service, this.options.version);
    app.register(async (known) => {
      known.addHook("onRequest", async ({ headers }) => void this.keys.callerOf(headers.authorization));
      modelRoutes(known, service);
    });
    app.register(async (work) => {
      work.addHook("onRequest", async (request, reply) => this.admit(request, reply));
      work.addHook("preHandler", async ({ body }) => checkShape(body, service.settings.bodyDepth));
      work.addHook("onSend", async (_, reply) => this.bound(reply));
      for (const [path, endpoint] of Object.entries(endpointsOf(service))) {
        work.post(path, (request, reply) => endpoint(exchangeOf(request), request.body, reply));
      }
      for (const path of inferPaths) {
        work.post<{ Params: ModelPath }>(path, (request) =>
          infer(service, exchangeOf(request), request.params, request.body),
        );
      }
    });
  }

  /** Counts the request before anything of its body is read, until its answer is sent or nobody wants it. */
  private admit(request: FastifyRequest, reply: FastifyReply): void {
    const { admission, settings, now } = this.service;
    const caller = this.keys.callerOf(request.headers.authorization);
    request.tenant = caller.tenant;
    const entry = admission.enter(caller, textPaths.has(request.routeOptions.url ?? ""));
    const most = settings.logTextCharacters;
    const said = most > 0 ? new SaidText(most) : undefined;
    const exchange = new Exchange({ id: request.id, caller, arrivedAt: now(), entry, said });
    request.exchange = exchange;
    this.exchanges.add(exchange);
    const seconds = settings.requestSeconds;
    const timer = setTimeout(() => {
      exchange.interrupt(new ApiError("answer_timeout", `the answer took more than ${seconds} seconds`));
    }, seconds * 1000);
    reply.raw.once("close", () => {
      clearTimeout(timer);
      if (!reply.raw.writableFinished)
        exchange.interrupt(new ApiError("client_closed_request", "the client left"));
      entry.leave();
      this.exchanges.delete(exchange);
      this.write(exchange, request, reply);
      if (this.exchanges.size === 0) this.emptied?.();
    });
  }

  /** An answer that is sent whole, to a reader that does not take it, is not kept for ever. */
  private bound({ raw }: FastifyReply): void {
    new Patience(raw, this.options.settings.streamIdleSeconds, () => raw.destroy()).start();
  }

  private answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const told = apiErrorOf(error);
    const stack = error instanceof Error ? error.stack : String(error);
    const logged = told.code === "internal_error" ? stack : told.code;
    if (request.exchange) request.exchange.error = logged;
    else this.writeRefused(request, reply, logged);
    const body = request.url.startsWith("/v2") ? { error: told.message } : told.body;
    return reply.status(told.status).headers(told.headers).send(body);
  }

  private write(exchange: Exchange, request: FastifyRequest, reply: FastifyReply): void {
    const error = exchange.error ?? exchange.failure?.code;
    const endedAt = this.service.now();
    const entry = entryOf(request, reply);
    const { method, path: route, status } = entry;
    const parent = request.headers.traceparent?.toString();
    this.tracing?.record({ exchange, method, route, status, parent, error, endedAt });
    this.options.log?.({
      ...entry,
      seconds: (endedAt - exchange.arrivedAt) / 1000,
      ...exchange.figures,
      ...(exchange.said && { said: exchange.said.choices }),
      ...(error && { error }),
    });
  }

  /** Sent away before it was let in. */
  private writeRefused(request: FastifyRequest, reply: FastifyReply, error: string | undefined): void {
    reply.raw.once("close", () => {
      const seconds = reply.elapsedTime / 1000;
      const head = { ...entryOf(request, reply), seconds, ...noFigures() };
      this.options.log?.({ ...head, ...(error && { error }) });
    });
  }
}

function entryOf({ id, method, routeOptions, tenant }: FastifyRequest, { raw }: FastifyReply) {
  const status = raw.writableFinished ? raw.statusCode : 499;
  return { id, method, path: routeOptions.url ?? "", status, tenant };
}

function exchangeOf({ exchange }: FastifyRequest): Exchange {
  if (!exchange) throw new Error("a request does work that was never admitted");
  return exchange;
}
