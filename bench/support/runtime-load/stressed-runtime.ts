/** A runtime that is asked by many: what it answers alone, and whether its books agree with its clients'. */
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { ServedRuntime } from "../../../test/support/runtime/served-runtime.ts";
import { bodyOf, type Card, wholeAnswer } from "./cards.ts";
import { exchange } from "./connection.ts";
import type { KnownCard } from "./mixed-load.ts";

/** One thing that has to be so. */
export interface Check {
  readonly check: string;
  readonly wanted: string;
  readonly found: number;
  readonly isKept: boolean;
}

export function equal(check: string, found: number, wanted: number): Check {
  return { check, wanted: String(wanted), found, isKept: found === wanted };
}

export function within(check: string, found: number, least: number, most: number): Check {
  const wanted = `${least} to ${most}`;
  return { check, wanted, found, isKept: found >= least && found <= most };
}

/** What the log tells of one request. */
interface LogLine {
  readonly id: string;
  readonly status: number;
  readonly finishes: readonly string[];
  readonly firstTokenSeconds?: number | undefined;
  readonly error?: string | undefined;
}

/** Small enough to be full at times: answers are interrupted and taken up again, and all of them wait. */
const usualSettings = {
  engine: { sequences: 32, waiting: 256, kvCacheMiB: 1, preemptions: 1000, stepTokens: 128 },
  server: { waitSeconds: 600 },
};

export class StressedRuntime {
  readonly runtime: ServedRuntime;
  private readonly lines: LogLine[] = [];

  private constructor(runtime: ServedRuntime) {
    this.runtime = runtime;
    if (!runtime.child.stdout) throw new Error("a runtime without an output");
    createInterface({ input: runtime.child.stdout }).on("line", (line) => {
      // An hour's whole log is longer than a string may be.
      runtime.output = "";
      if (!line.startsWith("{")) return;
      const { id, status, finishes, firstTokenSeconds, error } = JSON.parse(line);
      this.lines.push({ id, status, finishes, firstTokenSeconds, error });
    });
  }

  static async start(
    model: string,
    settings: object = usualSettings,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<StressedRuntime> {
    return new StressedRuntime(await ServedRuntime.serve(model, settings, environment));
  }

  get url(): string {
    return this.runtime.url;
  }

  /** Each card's answer when nobody else asks. */
  async alone(cards: readonly Card[], name: string): Promise<KnownCard[]> {
    const known: KnownCard[] = [];
    for (const [index, card] of cards.entries()) {
      const body = bodyOf(card, false);
      const heard = await exchange({ url: this.url, path: card.path, body, id: `${name}-${index}` });
      if (heard.status !== 200) throw new Error(`${card.path} alone: ${heard.status} ${heard.text}`);
      known.push({ card, answer: wholeAnswer(heard.text) });
    }
    return known;
  }

  /** Nothing runs and nothing waits; rejects after a minute. */
  async idle(): Promise<void> {
    for (let tries = 0; tries < 600; tries += 1) {
      const [running, waiting] = [
        await this.metric("num_requests_running"),
        await this.metric("num_requests_waiting"),
      ];
      if (running + waiting === 0) return;
      await sleep(100);
    }
    throw new Error("requests are left in the engine although every client is gone");
  }

  metric(name: string, label?: string): Promise<number> {
    return this.runtime.metric(`vllm:${name}`, label);
  }

  /** Lines of the log, one for each request that was let in. */
  log(): readonly LogLine[] {
    return this.lines;
  }

  /** How often the engine's process was lost. */
  get losses(): number {
    return this.runtime.errors.split("The engine was lost").length - 1;
  }

  /** It is stopped if `use` fails, and left running otherwise. */
  async whileItRuns<T>(use: () => Promise<T>): Promise<T> {
    try {
      return await use();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  stop(): Promise<number | null> {
    return this.runtime.stop();
  }
}
