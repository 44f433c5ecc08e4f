/**
 * Traces over OTLP: one span for each request, named as OpenTelemetry's conventions for generative AI say
 * (open-telemetry/semantic-conventions, 2026-11-22). Nothing that was asked or answered is in it.
 */
import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Exchange } from "./exchange.ts";

export interface TracingOptions {
  /** Of a collector, without the path of its traces. */
  readonly endpoint: string;
  readonly version: string;
  readonly model: string;
}

export interface TracedRequest {
  readonly exchange: Exchange;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  /** The caller's `traceparent`. */
  readonly parent: string | undefined;
  readonly error: string | undefined;
  /** Milliseconds, of the clock of the exchange. */
  readonly endedAt: number;
}

/** Spans that wait for the collector; more are dropped, so that one that is slow costs nobody an answer. */
const [spansMost, batchSpans] = [2048, 512];
const [exportMilliseconds, closeMilliseconds] = [10_000, 2000];

const operations: Readonly<Record<string, string>> = {
  "/v1/chat/completions": "chat",
  "/v1/responses": "chat",
  "/v1/completions": "text_completion",
  "/v1/embeddings": "embeddings",
};

export class Tracing {
  private readonly provider: TracerProvider;
  private readonly model: string;

  constructor({ endpoint, version, model }: TracingOptions) {
    this.model = model;
    const url = `${endpoint.replace(/\/+$/, "")}/v1/traces`;
    const exporter = new OTLPTraceExporter({ url, timeoutMillis: exportMilliseconds });
    const limits = { maxQueueSize: spansMost, maxExportBatchSize: batchSpans };
    this.provider = new TracerProvider({
      resource: resourceFromAttributes({ "service.name": "plinth-runtime", "service.version": version }),
      sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
      spanProcessors: [new BatchSpanProcessor({ exporter, ...limits })],
    });
  }

  /** Of a request that is over: every time is known. */
  record(request: TracedRequest): void {
    const { exchange, method, route, endedAt, error } = request;
    const tracer = this.provider.getTracer("plinth-runtime");
    const operation = operations[route];
    const span = tracer.startSpan(
      operation ? `${operation} ${exchange.figures.model ?? this.model}` : `${method} ${route}`,
      { kind: SpanKind.SERVER, startTime: epoch(exchange.arrivedAt), attributes: this.attributesOf(request) },
      contextOf(request.parent),
    );
    if (error) span.setStatus({ code: SpanStatusCode.ERROR });
    for (const { name, from, to } of phasesOf(exchange, endedAt)) {
      tracer.startSpan(name, { startTime: epoch(from) }, within(span)).end(epoch(to));
    }
    span.end(epoch(endedAt));
  }

  /** Sends what is left, if the collector takes it soon: one that is gone must not hold up the end. */
  async close(): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, closeMilliseconds);
    const sent = this.provider.shutdown().catch(() => undefined);
    await Promise.race([sent, late.promise]);
    clearTimeout(timer);
  }

  private attributesOf({ exchange, method, route, status, error }: TracedRequest): Attributes {
    const { figures, caller, firstTokenAt, arrivedAt } = exchange;
    const operation = operations[route];
    return {
      "http.request.method": method,
      "http.route": route,
      "http.response.status_code": status,
      "enduser.id": caller.tenant,
      "gen_ai.provider.name": "plinth",
      "gen_ai.request.model": figures.model ?? this.model,
      "gen_ai.usage.input_tokens": figures.promptTokens,
      "gen_ai.usage.output_tokens": figures.answerTokens,
      ...(operation && { "gen_ai.operation.name": operation }),
      ...(figures.finishes.length > 0 && { "gen_ai.response.finish_reasons": [...figures.finishes] }),
      ...(firstTokenAt !== undefined && {
        "gen_ai.response.time_to_first_token": (firstTokenAt - arrivedAt) / 1000,
      }),
      // The code alone: a stack may name what was asked.
      ...(error && { "error.type": error.split("\n")[0]?.split(":")[0] ?? error }),
    };
  }
}

/** What never began has no phase, nor has what comes behind it. */
function phasesOf({ arrivedAt, startedAt, takenUpAt, firstTokenAt }: Exchange, endedAt: number) {
  const names = ["prepare", "queue", "prefill", "decode"];
  const times = [arrivedAt, startedAt, takenUpAt, firstTokenAt, undefined];
  const begun = names.filter((_, index) => startedAt !== undefined && times[index] !== undefined);
  return begun.map((name, index) => ({
    name,
    from: times[index] ?? endedAt,
    to: times[index + 1] ?? endedAt,
  }));
}

/** By the clock of the world, from one that only goes forward. */
function epoch(milliseconds: number): number {
  return performance.timeOrigin + milliseconds;
}

function within(span: Span) {
  return trace.setSpan(ROOT_CONTEXT, span);
}

/** W3C's header, version 00: what is no such thing begins a trace of its own. */
function contextOf(parent: string | undefined) {
  const [, traceId, spanId, flags] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(parent ?? "") ?? [];
  if (!traceId || !spanId || !flags || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags, 16) & 1;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
