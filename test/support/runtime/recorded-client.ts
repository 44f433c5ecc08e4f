/** OpenAI's own client against a server, and every answer that it got. */
import OpenAI from "openai";
import { schemaProblems } from "./openai-schemas.ts";
import type { Served } from "./served.ts";

/**
 * The schema of a completion describes whole ones alone: OpenAI's own events have null for as long as there
 * is more to come, and for usage until the last (it says so where it describes `stream_options`).
 */
const unfinished = /^CreateCompletionResponse\/(choices\/0\/finish_reason|usage): must be/;

/** The schema of an embedding describes numbers alone, and OpenAI's own client asks for base64. */
const base64 = /^CreateEmbeddingResponse\/data\/\d+\/embedding: must be array$/;

interface Recorded {
  readonly path: string;
  readonly type: string;
  readonly status: number;
  readonly body: string;
}

export interface RecordedClient {
  readonly client: OpenAI;
  /** Waits until every answer was read, and tells how many fit their schemas and what is wrong. */
  readonly judge: () => Promise<{ judged: number; problems: string[] }>;
}

export function recordedClient(
  { url }: Pick<Served, "url">,
  options: { maxRetries?: number; key?: string } = {},
): RecordedClient {
  const answers: Promise<Recorded>[] = [];
  const client = new OpenAI({
    baseURL: `${url}/v1`,
    apiKey: options.key ?? "none",
    maxRetries: options.maxRetries ?? 0,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      answers.push(recordedOf(new URL(String(input)).pathname, response.clone()));
      return response;
    },
  });
  return {
    client,
    judge: async () => {
      const judged = (await Promise.all(answers)).flatMap(documentsOf);
      const problems = judged
        .flatMap(({ schema, document }) => schemaProblems(schema, document))
        .filter((problem) => !unfinished.test(problem) && !base64.test(problem));
      return { judged: judged.length, problems };
    },
  };
}

async function recordedOf(path: string, response: Response): Promise<Recorded> {
  const { status } = response;
  const type = response.headers.get("content-type") ?? "";
  return { path, type, status, body: await bodyOf(response) };
}

/** All that came, of an answer that the client gave up as well. */
async function bodyOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const bytes of body ?? []) text += decoder.decode(bytes, { stream: true });
  } catch {
    // The client left: what came before is judged.
  }
  return text;
}

const schemas: readonly { readonly path: RegExp; readonly whole: string; readonly chunk: string }[] = [
  {
    path: /\/chat\/completions$/,
    whole: "CreateChatCompletionResponse",
    chunk: "CreateChatCompletionStreamResponse",
  },
  { path: /\/completions$/, whole: "CreateCompletionResponse", chunk: "CreateCompletionResponse" },
  { path: /\/responses$/, whole: "Response", chunk: "ResponseStreamEvent" },
  { path: /\/embeddings$/, whole: "CreateEmbeddingResponse", chunk: "" },
  { path: /\/models$/, whole: "ListModelsResponse", chunk: "" },
  { path: /\/models\/.+$/, whole: "Model", chunk: "" },
];

/** Each answer, or each event of one, with the name of the schema that it should fit. */
function documentsOf({ path, type, status, body }: Recorded): { schema: string; document: unknown }[] {
  if (status >= 400) return [{ schema: "ErrorResponse", document: JSON.parse(body) }];
  const known = schemas.find((one) => one.path.test(path));
  if (!known) throw new Error(`no schema is known for ${path}`);
  if (!type.startsWith("text/event-stream")) return [{ schema: known.whole, document: JSON.parse(body) }];
  const events = body.split("\n\n").flatMap((frame) => /^data: (.*)$/m.exec(frame)?.[1] ?? []);
  return events
    .filter((data) => data !== "[DONE]")
    .map((data) => JSON.parse(data))
    .map((document) => ({
      schema: "error" in document && document.error ? "ErrorResponse" : known.chunk,
      document,
    }));
}
