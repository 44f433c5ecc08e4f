/** Requests whose answers are known: each is asked alone first, and then among thousands of others. */

export interface Card {
  readonly path: string;
  /** Without `stream`. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Answers that the engine generates for it. */
  readonly generations: number;
  readonly canStream: boolean;
}

/** What an answer says, however it was sent. */
export interface Answer {
  readonly texts: readonly string[];
  /** How each choice ended, where that is told. */
  readonly finishes: readonly string[];
  /** Undefined where it is not told. */
  readonly tokens: number | undefined;
}

const subjects = [
  ...["a ClusterQueue", "MIG", "a GPU", "Kueue", "a ResourceFlavor", "a pod", "the runtime", "a team"],
  ...["a gang", "Ray", "KServe", "a notebook", "preemption", "a token", "NCCL", "a node"],
];
const wishes = ["start a job", "see the queue", "serve a model", "stop everything"];

/** Fields by which the same request has the same answer. */
const greedy = { model: "tiny", temperature: 0 };
const drawn = (seed: number) => ({ model: "tiny", temperature: 0.9, top_p: 0.95, seed });

/** Greedy and seeded, short and long, of every endpoint. */
export function cards(): readonly Card[] {
  return [
    ...subjects.map((subject, index) => chat(`What is ${subject}?`, 6 + index * 2)),
    ...wishes.map((wish, index) => chat(`How do I ${wish}?`, 40, { ...drawn(index), n: 1 + (index % 3) })),
    ...subjects.map((subject, index) => completion(`Say ${index}: ${subject}`, 1 + index, greedy)),
    ...wishes.map((wish, index) => completion(`${index}. To ${wish}`, 20, { ...drawn(7 + index), n: 2 })),
    ...subjects.slice(0, 6).map((subject) => response(`Explain ${subject}.`)),
    ...subjects.slice(0, 4).map((subject, index) => inference([subject, `${index}`])),
    ...subjects.map((subject, index) => ({
      path: "/tokenize",
      body: { model: "tiny", prompt: `${subject} and ${index} ünïcödé 🙂` },
      generations: 0,
      canStream: false,
    })),
  ];
}

function chat(content: string, answerTokens: number, fields: { n?: number } = {}): Card {
  const messages = [{ role: "user", content }];
  return {
    path: "/v1/chat/completions",
    body: { ...greedy, ...fields, messages, max_tokens: answerTokens },
    generations: fields.n ?? 1,
    canStream: true,
  };
}

function completion(prompt: string, answerTokens: number, fields: { model: string; n?: number }): Card {
  return {
    path: "/v1/completions",
    body: { ...fields, prompt, max_tokens: answerTokens, ignore_eos: true },
    generations: fields.n ?? 1,
    canStream: true,
  };
}

function response(input: string): Card {
  const body = { ...greedy, input, max_output_tokens: 24 };
  return { path: "/v1/responses", body, generations: 1, canStream: true };
}

function inference(data: readonly string[]): Card {
  const parameters = { temperature: 0, max_tokens: 12 };
  const inputs = [{ name: "text_input", datatype: "BYTES", shape: [data.length], data }];
  const body = { parameters, inputs };
  return { path: "/v2/models/tiny/infer", body, generations: data.length, canStream: false };
}

/** The body as it is sent; a stream tells its usage as a whole answer does. */
export function bodyOf({ path, body }: Card, isStream: boolean): string {
  if (!isStream) return JSON.stringify(body);
  const usage = path === "/v1/responses" ? {} : { stream_options: { include_usage: true } };
  return JSON.stringify({ ...body, stream: true, ...usage });
}

interface Choice {
  readonly index?: number;
  readonly text?: string;
  readonly message?: { readonly content: string };
  readonly delta?: { readonly content?: string };
  readonly finish_reason?: string | null;
}

interface Told {
  readonly choices?: readonly Choice[];
  readonly usage?: { readonly completion_tokens?: number; readonly output_tokens?: number } | null;
  readonly output?: readonly { readonly content: readonly { readonly text: string }[] }[];
  readonly status?: string;
  readonly outputs?: readonly { readonly data: readonly string[] }[];
  readonly tokens?: readonly number[];
  /** Of the events of /v1/responses. */
  readonly type?: string;
  readonly delta?: string;
  readonly response?: Told;
}

export function wholeAnswer(text: string): Answer {
  return answerOf(JSON.parse(text) as Told);
}

function answerOf(told: Told): Answer {
  const { choices, usage, output, outputs, tokens, status } = told;
  if (tokens) return { texts: [tokens.join(" ")], finishes: [], tokens: undefined };
  if (outputs) return { texts: outputs.flatMap(({ data }) => data), finishes: [], tokens: undefined };
  if (output) {
    const texts = output.flatMap(({ content }) => content.map(({ text }) => text));
    return { texts, finishes: [status ?? ""], tokens: usage?.output_tokens };
  }
  const ordered = [...(choices ?? [])].sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
  return {
    texts: ordered.map(({ text, message }) => text ?? message?.content ?? ""),
    finishes: ordered.map(({ finish_reason }) => finish_reason ?? ""),
    tokens: usage?.completion_tokens,
  };
}

/** The data of each event that came whole. */
export function eventsOf(text: string): string[] {
  return text
    .split("\n\n")
    .slice(0, -1)
    .flatMap((frame) => frame.split("\n").filter((line) => line.startsWith("data: ")))
    .map((line) => line.slice("data: ".length));
}

/** What the events said so far; `isWhole` once the last one has come. */
export function streamedAnswer(text: string, choices: number): Answer & { readonly isWhole: boolean } {
  const events = eventsOf(text);
  const texts = Array.from({ length: choices }, () => "");
  const finishes = Array.from({ length: choices }, () => "");
  let tokens: number | undefined;
  for (const event of events.filter((event) => event !== "[DONE]")) {
    const told = JSON.parse(event) as Told;
    if (told.type === "response.output_text.delta") texts[0] += told.delta ?? "";
    if (told.response?.status && told.type !== "response.created") {
      finishes[0] = told.response.status;
      tokens = told.response.usage?.output_tokens ?? tokens;
    }
    for (const { index = 0, text: piece, delta, finish_reason } of told.choices ?? []) {
      texts[index] += piece ?? delta?.content ?? "";
      finishes[index] = finish_reason ?? finishes[index] ?? "";
    }
    tokens = told.usage?.completion_tokens ?? tokens;
  }
  const last = events.at(-1) ?? "";
  const isWhole = last === "[DONE]" || /"type":"response\.(completed|incomplete)"/.test(last);
  return { texts, finishes, tokens, isWhole };
}
