/** What goes wrong, as OpenAI's clients expect to be told: one table from cause to status. */

interface ErrorKind {
  readonly status: number;
  readonly type: string;
}

const invalid = (status: number): ErrorKind => ({ status, type: "invalid_request_error" });
const overloaded: ErrorKind = { status: 503, type: "overloaded_error" };
const broken = (status: number): ErrorKind => ({ status, type: "server_error" });

const kinds = {
  invalid_json: invalid(400),
  invalid_request: invalid(400),
  invalid_type: invalid(400),
  invalid_value: invalid(400),
  missing_required_parameter: invalid(400),
  unknown_parameter: invalid(400),
  /** The field is known, and would change the answer, but not here. */
  unsupported_parameter: invalid(400),
  context_length_exceeded: invalid(400),
  invalid_grammar: invalid(400),
  invalid_messages: invalid(400),
  invalid_api_key: invalid(401),
  model_not_found: invalid(404),
  not_found: invalid(404),
  method_not_allowed: invalid(405),
  request_timeout: invalid(408),
  body_too_large: invalid(413),
  unsupported_media_type: invalid(415),
  headers_too_large: invalid(431),
  rate_limit_exceeded: { status: 429, type: "requests" },
  concurrency_limit_exceeded: { status: 429, type: "requests" },
  /** Never sent: whoever would read it has left. */
  client_closed_request: invalid(499),
  internal_error: broken(500),
  non_finite_logits: broken(500),
  /** The model's chat template makes no prompt of anything. */
  template_failed: broken(500),
  device_lost: { status: 503, type: "server_error" },
  crowded_out: overloaded,
  queue_full: overloaded,
  draining: overloaded,
  not_ready: overloaded,
  answer_timeout: broken(504),
  /** Its text alone took too long to read. */
  text_timeout: broken(504),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof kinds;

/** The same request would only fail again, or make a slow server slower. */
const notAgain: ReadonlySet<ErrorCode> = new Set([
  "answer_timeout",
  "text_timeout",
  "non_finite_logits",
  "template_failed",
]);

export interface ErrorDetails {
  /** The field that is wrong. */
  readonly param?: string;
  readonly retrySeconds?: number;
  /** Methods that the path knows. */
  readonly allowed?: readonly string[];
}

export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly param: string | undefined;
  readonly retrySeconds: number | undefined;
  readonly allowed: readonly string[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message);
    this.code = code;
    this.param = details.param;
    this.retrySeconds = details.retrySeconds;
    this.allowed = details.allowed ?? [];
  }

  get status(): number {
    return kinds[this.code].status;
  }

  get body() {
    const { message, code, param = null } = this;
    return { error: { message, type: kinds[code].type, param, code } };
  }

  get headers(): Record<string, string> {
    const headers: Record<string, string> = {};
    if (this.retrySeconds !== undefined) headers["retry-after"] = String(this.retrySeconds);
    if (this.allowed.length > 0) headers.allow = this.allowed.join(", ");
    // Obeyed by OpenAI's own clients (openai-node, src/client.ts, shouldRetry; 2026-11-22).
    if (notAgain.has(this.code)) headers["x-should-retry"] = "false";
    if (this.code === "draining") headers.connection = "close";
    if (this.code === "invalid_api_key") headers["www-authenticate"] = "Bearer";
    return headers;
  }
}

/** What fastify itself finds wrong, before any handler. */
const frameworkErrors: Readonly<Record<string, { code: ErrorCode; message: string }>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: "unsupported_media_type",
    message: "the body must be JSON, told by content-type: application/json",
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    code: "invalid_json",
    message: "the body is empty; a JSON object is wanted",
  },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: "invalid_json", message: "the body is no JSON" },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: "body_too_large", message: "the body is larger than is allowed" },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: "invalid_request",
    message: "the body has not as many bytes as content-length says",
  },
  FST_ERR_BAD_URL: { code: "invalid_request", message: "the path cannot be decoded" },
};

/** Whatever was thrown; what nobody foresaw says nothing about the inside. */
export function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const told = error instanceof Error && "code" in error ? frameworkErrors[String(error.code)] : undefined;
  if (told) return new ApiError(told.code, told.message);
  if (error instanceof SyntaxError && "statusCode" in error && error.statusCode === 400)
    return new ApiError("invalid_json", "the body is no JSON");
  return new ApiError("internal_error", "the server failed; what it was doing is in its log");
}
