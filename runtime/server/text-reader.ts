/**
 * Texts into tokens and back for those who ask: short ones at once, long ones by threads of their own, so
 * that whoever reads a book holds up neither probes nor the answers of others.
 */
import { ThreadPoolError } from "../thread-pool.ts";
import { ApiError } from "./api-error.ts";
import { retryMax, retryMin } from "./backlog.ts";
import type { Exchange } from "./exchange.ts";
import { PromptError } from "./prompt.ts";
import type { ServerSettings } from "./settings.ts";
import type { ChatMessage, ChatOptions, TextModel } from "./text.ts";
import { isLong, type TextResult, type TextTask, textResult } from "./text-task.ts";

/** Does what `textResult` does, elsewhere. */
export interface TextThreads {
  /** Rejects with a ThreadPoolError, or with the signal's reason. */
  run(task: TextTask, signal: AbortSignal, tenant: string): Promise<TextResult>;
}

export interface TextReaderOptions {
  readonly text: TextModel;
  readonly threads: TextThreads;
  readonly settings: Pick<ServerSettings, "longTextCharacters" | "textSeconds">;
  /** Milliseconds, never going back. */
  readonly now: () => number;
  /** Told of every request that is sent away. */
  readonly refused: (reason: "texts") => void;
}

/** Whose text it is: it is read for as long as it is wanted. */
type Reading = Pick<Exchange, "signal" | "caller">;

/** How much the newest text says about how long the next one takes. */
const newestShare = 0.1;

export class TextReader {
  private readonly options: TextReaderOptions;
  /** Long texts that are read or wait; when the last one was done, or the first came; how long one takes. */
  private open = 0;
  private countedAt = 0;
  private usualSeconds = 0;

  constructor(options: TextReaderOptions) {
    this.options = options;
  }

  /** Tokens of each text; a prompt begins with what the model wants at the beginning. */
  async encode(
    reading: Reading,
    texts: readonly string[],
    { isPrompt }: { readonly isPrompt: boolean },
  ): Promise<readonly Int32Array[]> {
    return tokensOf(await this.read(reading, { type: "encode", texts, isPrompt }));
  }

  /** Throws a PromptError that tells what its messages lack, or what is wrong with the template. */
  async renderChat(
    reading: Reading,
    messages: readonly ChatMessage[],
    options: ChatOptions,
  ): Promise<Int32Array> {
    const [tokens] = tokensOf(await this.read(reading, { type: "chat", messages, options }));
    return tokens ?? new Int32Array();
  }

  async decode(reading: Reading, tokens: readonly number[]): Promise<string> {
    return textsOf(await this.read(reading, { type: "decode", tokens })).join("");
  }

  /** The text of each token by itself. */
  async namesOf(reading: Reading, tokens: Int32Array): Promise<readonly string[]> {
    return textsOf(await this.read(reading, { type: "names", tokens }));
  }

  private async read({ signal, caller }: Reading, task: TextTask): Promise<TextResult> {
    const { text, threads, settings, refused } = this.options;
    if (!isLong(task, settings.longTextCharacters)) return textResult(text, task);
    if (this.open === 0) this.countedAt = this.options.now();
    this.open += 1;
    try {
      const result = await threads.run(task, signal, caller.tenant);
      this.countDone();
      return result;
    } catch (error) {
      if (!(error instanceof ThreadPoolError)) throw error;
      if (error.reason === "late") {
        this.countDone();
        throw new ApiError("text_timeout", `the text took more than ${settings.textSeconds} seconds to read`);
      }
      refused("texts");
      const message = "too many long texts wait to be read; ask again";
      throw new ApiError("queue_full", message, { retrySeconds: this.retrySeconds() });
    } finally {
      this.open -= 1;
    }
  }

  /** One text more is done since the last one, by however many threads there are. */
  private countDone(): void {
    const now = this.options.now();
    const seconds = (now - this.countedAt) / 1000;
    this.usualSeconds += (seconds - this.usualSeconds) * (this.usualSeconds === 0 ? 1 : newestShare);
    this.countedAt = now;
  }

  /** How long what is read and waits will take, at the pace of late. */
  private retrySeconds(): number {
    // Whoever asks this is one of them.
    const seconds = (this.open - 1) * this.usualSeconds;
    return Math.ceil(Math.min(retryMax, Math.max(retryMin, seconds)));
  }
}

function tokensOf(result: TextResult): readonly Int32Array[] {
  if (result.type === "refused") throw new PromptError(result.fault, result.message);
  return result.type === "tokens" ? result.tokens : [];
}

function textsOf(result: TextResult): readonly string[] {
  return result.type === "texts" ? result.texts : [];
}
