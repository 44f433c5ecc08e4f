/** A runtime's server on a port of its own, over a scripted engine. */
import { once } from "node:events";
import { connect } from "node:net";
import type { z } from "zod";
import type { EmbeddingConfig } from "../../../runtime/models/embedding-config.ts";
import type { LogEntry } from "../../../runtime/server/exchange.ts";
import { RuntimeServer } from "../../../runtime/server/server.ts";
import { serverSettings } from "../../../runtime/server/settings.ts";
import type { TextModel } from "../../../runtime/server/text.ts";
import type { TextThreads } from "../../../runtime/server/text-reader.ts";
import { textResult } from "../../../runtime/server/text-task.ts";
import { byteText } from "./byte-text.ts";
import { ScriptedEngine, type ScriptedEngineOptions } from "./scripted-engine.ts";

export interface Served {
  readonly server: RuntimeServer;
  readonly engine: ScriptedEngine;
  readonly url: string;
  readonly port: number;
  readonly log: readonly LogEntry[];
  /** Posts JSON, or a text as it is. */
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>;
}

type SettingsInput = Partial<z.input<typeof serverSettings>>;

/** Runs `use` against a server that is closed at once afterwards. */
export async function serving(
  engineOptions: ScriptedEngineOptions,
  settings: SettingsInput,
  use: (served: Served) => Promise<void>,
  embedding: Partial<EmbeddingConfig> = {},
  text: TextModel = byteText,
  textThreads: TextThreads = threadsHere(text),
): Promise<void> {
  const engine = new ScriptedEngine(engineOptions);
  const log: LogEntry[] = [];
  const server = new RuntimeServer({
    engine,
    text,
    textThreads,
    embedding: { pooling: "last", isNormalized: true, dimensions: "all", ...embedding },
    settings: serverSettings.parse({ models: ["tiny"], ...settings }),
    version: "test",
    log: (entry) => log.push(entry),
  });
  const port = await server.listen("127.0.0.1", 0);
  const url = `http://127.0.0.1:${port}`;
  const post: Served["post"] = (path, body, headers = {}) =>
    fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  try {
    await use({ server, engine, url, port, log, post });
  } finally {
    await server.close(0);
  }
}

/** Reads long texts as short ones are read. */
export function threadsHere(text: TextModel): TextThreads {
  return { run: async (task) => textResult(text, task) };
}

/** Until it is so; a test's own time limit is the only one. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** The data of each event, of an answer that is read to its end. */
export async function eventsOf(response: Response): Promise<string[]> {
  const frames = (await response.text()).split("\n\n").filter((frame) => frame !== "");
  return frames.map((frame) => frame.replace(/^(event: .*\n)?data: /, ""));
}

/** Sends bytes as they are, and answers all that comes until the server closes the connection. */
export async function rawAnswer(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk.toString();
  });
  socket.write(bytes);
  await once(socket, "close");
  return answer;
}

/** Of all answers the fields that tests read. */
export interface AnswerBody {
  readonly object: string;
  readonly data: readonly { readonly id: string }[];
  readonly choices: readonly {
    readonly text: string;
    readonly message: { readonly content: string };
    readonly logprobs: { readonly content: readonly object[] } | null;
  }[];
  readonly usage: { readonly prompt_tokens: number };
  readonly error: { readonly code: string; readonly param: string | null; readonly message: string };
  readonly tokens: readonly number[];
  readonly token_strs: readonly string[] | null;
}

export async function bodyOf(response: Response): Promise<AnswerBody> {
  return (await response.json()) as AnswerBody;
}
