/** What the server allows: every limit with its unit and default. */
import { z } from "zod";

const limit = (min: number, max: number, fallback: number) => z.int().min(min).max(max).default(fallback);

const apiKey = z.strictObject({
  /** Whose requests they are: tenants share the engine evenly. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "letters, digits, dot, dash and underscore"),
  /** SHA-256 of each key in lower-case hexadecimal: a new one is added before the old one is removed. */
  sha256: z
    .array(z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits"))
    .min(1)
    .max(8),
  /** Requests at once; one for several answers counts as often. Default: 64. */
  concurrency: limit(1, 100_000, 64),
  /** Requests in a minute, counted alike, after a burst of as many. Default: 6000. */
  requestsPerMinute: limit(1, 10_000_000, 6000),
  /** Lower ones go first. Default: 0. */
  priority: z.int().min(-100).max(100).default(0),
});

export const serverSettings = z
  .strictObject({
    /** Names that requests may give; the first is the one that is told. */
    models: z.array(z.string().min(1).max(256)).min(1).max(16),
    /** Bytes of a request's body. Default: 4 MiB. */
    bodyBytes: limit(1024, 256 * 2 ** 20, 4 * 2 ** 20),
    /** How deep lists and objects of a body may lie in one another. Default: 64. */
    bodyDepth: limit(8, 512, 64),
    /** Seconds in which a request must have arrived whole. Default: 30. */
    receiveSeconds: limit(1, 600, 30),
    /** Seconds from arrival to the end of the answer. Default: 10 minutes. */
    requestSeconds: limit(1, 86_400, 600),
    /** Seconds for which a reader may take nothing of what waits for it. Default: 60. */
    streamIdleSeconds: limit(1, 3600, 60),
    /** Tokens of a prompt. Default: as many as the engine can hold. */
    promptTokens: z.int().min(1).optional(),
    /** Tokens of an answer whose request names no number. Default: what the context has left. */
    answerTokens: z.int().min(1).optional(),
    /** Tokens of an answer at most. Default: as many as the engine can hold. */
    answerTokensMax: z.int().min(1).optional(),
    /**
     * How tokens are drawn for a request that does not say it: as the model's own generation_config.json has
     * it, or as OpenAI's API does without one (temperature 1, all tokens). Default: the model's.
     */
    samplingDefaults: z.enum(["model", "openai"]).default("model"),
    /** Choices of one request. Default: 128, as in OpenAI's API; each counts as a request of its own. */
    choices: limit(1, 128, 128),
    /** Prompts of one request to the completions endpoint. Default: 64. */
    prompts: limit(1, 2048, 64),
    /** Inputs of one request for embeddings; OpenAI's own limit is the default. Default: 2048. */
    embeddingInputs: limit(1, 2048, 2048),
    /** Tokens of all inputs of such a request together; as OpenAI's own. Default: 300,000. */
    embeddingTokens: limit(1, 100_000_000, 300_000),
    /** Inputs of such a request that the engine has at a time. Default: 16. */
    embeddingsAtOnce: limit(1, 1024, 16),
    /**
     * Characters, of all texts, names of fields and other values of a request together, above which they are
     * read by a thread of their own.
     * Default: 4096, which take some 4 ms; the hand-over takes 0.1 ms, but there they may have to wait.
     */
    longTextCharacters: limit(0, 256 * 2 ** 20, 4096),
    /** Threads that read long texts; each is begun when it is needed. Default: 2. */
    textThreads: limit(1, 64, 2),
    /** Requests whose long texts wait for one; of more, those of who has most are refused. Default: 64. */
    textsWaiting: limit(0, 100_000, 64),
    /** Seconds that such a thread may take for a request. Default: 60. */
    textSeconds: limit(1, 3600, 60),
    /** Messages of one conversation. Default: 4096. */
    messages: limit(1, 100_000, 4096),
    /** Tools of one request. Default: 128. */
    tools: limit(1, 1024, 128),
    /** Stop strings of one request. Default: 16. */
    stopStrings: limit(1, 128, 16),
    /** Requests that are open at once, from their first byte to their last. Default: 512. */
    requests: limit(1, 100_000, 512),
    /**
     * Seconds that a request may have to wait for one of the engine's places: one that would wait longer is
     * refused at once. 0: whoever finds no place is, unless its tenant has less than an even part.
     * Default: 5.
     */
    waitSeconds: z.number().min(0).max(86_400).default(5),
    /** Connections, busy or not. Default: 4096. */
    connections: limit(1, 100_000, 4096),
    /**
     * Seconds for which new requests are still answered after the server was told to end and is unready,
     * for those who have not heard of it yet. Default: none.
     */
    leaveSeconds: limit(0, 300, 0),
    /** Seconds for which answers are finished after that. Default: 45. */
    drainSeconds: limit(0, 3600, 45),
    /** Bytes that may wait for a reader before its answer is held. Default: 64 KiB. */
    writeBufferBytes: limit(1024, 16 * 2 ** 20, 64 * 2 ** 10),
    /** Characters of each request's prompts and answers that its line of the log tells. Default: none. */
    logTextCharacters: limit(0, 1_000_000, 0),
    /**
     * Where an OTLP collector takes traces over HTTP, without its path; null: nobody is told any.
     * Default: what OpenTelemetry's own variable says.
     */
    tracesEndpoint: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .nullish(),
    /** Whoever may ask. Default: anybody, as one tenant without limits of its own. */
    keys: z.array(apiKey).max(1000).default([]),
    /** Seconds between two looks at files with keys: those that changed hold from then on. Default: 5. */
    keysSeconds: limit(1, 3600, 5),
    /**
     * Whether tenants find each other's prompts in the prefix cache. Default: no, since how fast an answer
     * begins would tell one what another has asked.
     */
    isCacheShared: z.boolean().default(false),
  })
  .superRefine(({ keys }, context) => {
    const repeated = (values: readonly string[]) =>
      values.find((value, index) => values.indexOf(value) !== index);
    const issue = (message: string) => context.addIssue({ code: "custom", path: ["keys"], message });
    const name = repeated(keys.map((key) => key.name));
    if (name) issue(`name ${name} twice`);
    const hash = repeated(keys.flatMap(({ sha256 }) => sha256));
    if (hash) issue(`one hash twice, of ${keys.find(({ sha256 }) => sha256.includes(hash))?.name} at first`);
  });

export type ServerSettings = z.output<typeof serverSettings>;
export type ApiKey = z.output<typeof apiKey>;
