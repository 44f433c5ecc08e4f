/** Clients of every kind at once; each answer is compared with the one that the same request had alone. */
import { Agent } from "node:http";
import { isDeepStrictEqual } from "node:util";
import { SeededRandom } from "../openb/seeded-random.ts";
import { type Answer, bodyOf, type Card, streamedAnswer, wholeAnswer } from "./cards.ts";
import { exchange, type Heard, rawExchange } from "./connection.ts";

/** A card, and what it was answered when nobody else asked. */
export interface KnownCard {
  readonly card: Card;
  readonly answer: Answer;
}

export interface MixedLoadOptions {
  readonly url: string;
  readonly known: readonly KnownCard[];
  readonly clients: number;
  readonly seed: number;
  /** Whether one more request is sent, after so many. */
  readonly hasMore: (sent: number) => boolean;
}

type Kind = "whole" | "stream" | "slow" | "leave-early" | "leave-within" | "half-body" | "malformed" | "raw";

/** Of every hundred requests. */
const shares: Readonly<Record<Kind, number>> = {
  whole: 34,
  stream: 30,
  slow: 5,
  "leave-early": 7,
  "leave-within": 10,
  "half-body": 4,
  malformed: 8,
  raw: 2,
};
const draw = (Object.keys(shares) as Kind[]).flatMap((kind) => Array<Kind>(shares[kind]).fill(kind));
/** It says at once that nothing follows; on a machine that does much else an answer may take long. */
const rawPatience = { endAfterMs: 0, silenceMs: 30_000 };
const wrongMost = 20;

export interface Tally {
  sent: number;
  /** Own answers, whole, right in every field. */
  right: number;
  /** Clients that left; what they had heard was the beginning of their own answer. */
  left: number;
  /** Refusals of what is no request, with a status and a code. */
  refusedAsWrong: number;
  /** 503 with Retry-After. */
  sentAway: number;
  /** Anything else, described. */
  wrong: number;
  readonly wrongs: string[];
  readonly kinds: Record<Kind, number>;
  /** Generations of the answers that were right. */
  generations: number;
  /** Names of the requests that were answered in full. */
  readonly answeredIds: string[];
}

export async function mixedLoad(options: MixedLoadOptions): Promise<Tally> {
  const random = new SeededRandom(options.seed);
  const agent = new Agent({ keepAlive: true, maxSockets: options.clients });
  const kinds = Object.fromEntries(draw.map((kind) => [kind, 0])) as Record<Kind, number>;
  const counts = { sent: 0, right: 0, left: 0, refusedAsWrong: 0, sentAway: 0, wrong: 0, generations: 0 };
  const tally: Tally = { ...counts, wrongs: [], kinds, answeredIds: [] };
  const client = async () => {
    while (options.hasMore(tally.sent)) {
      tally.sent += 1;
      const kind = draw[random.below(draw.length)] ?? "whole";
      tally.kinds[kind] += 1;
      await new OneRequest(options, tally, random, agent).play(kind);
    }
  };
  await Promise.all(Array.from({ length: options.clients }, client));
  agent.destroy();
  return tally;
}

class OneRequest {
  private readonly options: MixedLoadOptions;
  private readonly tally: Tally;
  private readonly random: SeededRandom;
  private readonly agent: Agent;
  private readonly id: string;

  constructor(options: MixedLoadOptions, tally: Tally, random: SeededRandom, agent: Agent) {
    this.options = options;
    this.tally = tally;
    this.random = random;
    this.agent = agent;
    this.id = `load-${options.seed}-${tally.sent}`;
  }

  play(kind: Kind): Promise<void> {
    if (kind === "malformed") return this.malformed();
    if (kind === "raw") return this.raw();
    return this.known(kind);
  }

  private async known(kind: Kind): Promise<void> {
    const { random } = this;
    const wanted = kind === "stream" || kind === "slow" || kind === "leave-within";
    const cards = this.options.known.filter(({ card }) => card.canStream || !wanted);
    const known = cards[random.below(cards.length)];
    if (!known) throw new Error("there is no card to play");
    const isStream = known.card.canStream && (wanted || (kind !== "whole" && random.below(2) === 0));
    const body = bodyOf(known.card, isStream);
    const heard = await exchange({
      url: this.options.url,
      path: known.card.path,
      body,
      id: this.id,
      ...(random.below(4) > 0 && { agent: this.agent }),
      ...(kind === "slow" && { pauseMs: 1 + random.below(30) }),
      ...(kind === "leave-early" && { leaveAfterMs: random.below(25) }),
      ...(kind === "leave-within" && { leaveAfterCharacters: 1 + random.below(3000) }),
      ...(kind === "half-body" && { bodyBytes: 1 + random.below(body.length - 1), agent: undefined }),
    });
    this.judge(known, isStream, heard);
  }

  private judge({ card, answer }: KnownCard, isStream: boolean, heard: Heard): void {
    const { tally } = this;
    if (heard.status === 503 && heard.retryAfter !== undefined) tally.sentAway += 1;
    else if (heard.end === "left" && this.isBeginning(answer, isStream, heard)) tally.left += 1;
    else if (heard.end === "whole" && this.isOwn(answer, isStream, heard)) {
      tally.right += 1;
      tally.generations += card.generations;
      tally.answeredIds.push(this.id);
    } else this.fail(`${card.path} ${JSON.stringify(card.body).slice(0, 120)}`, heard);
  }

  private isOwn(answer: Answer, isStream: boolean, heard: Heard): boolean {
    if (heard.status !== 200 || heard.id !== this.id) return false;
    if (!isStream) return isDeepStrictEqual(wholeAnswer(heard.text), answer);
    const { isWhole, ...told } = streamedAnswer(heard.text, answer.texts.length);
    return isWhole && isDeepStrictEqual(told, answer);
  }

  /** What had come is its own, as far as it goes. */
  private isBeginning(answer: Answer, isStream: boolean, heard: Heard): boolean {
    if (heard.status !== 0 && (heard.status !== 200 || heard.id !== this.id)) return false;
    if (!isStream) return true;
    const { texts } = streamedAnswer(heard.text, answer.texts.length);
    return texts.every((text, index) => answer.texts[index]?.startsWith(text));
  }

  private async malformed(): Promise<void> {
    const { random } = this;
    const { card } = this.options.known[random.below(this.options.known.length)] as KnownCard;
    const text = JSON.stringify(card.body);
    const rows = [
      { body: text.slice(0, -1), status: 400 },
      { body: text.replace("{", '{"no_such_field":1,'), status: 400 },
      { body: `[${text}]`, status: 400 },
      { body: "", status: 400 },
      { body: text, path: "/v1/nothing", status: 404 },
      { body: text, path: "/v1/completions", method: "PUT", status: 405 },
      { body: `{"__proto__":${text}}`, status: 400 },
    ];
    const { body, status, path = card.path, method } = rows[random.below(rows.length)] as (typeof rows)[0];
    const { url } = this.options;
    const heard = await exchange({
      url,
      path,
      body,
      id: this.id,
      agent: this.agent,
      ...(method && { method }),
    });
    const isTold = heard.status === status && heard.end === "whole" && heard.text.includes('"error"');
    if (isTold) this.tally.refusedAsWrong += 1;
    else this.fail(`malformed ${body.slice(0, 80)} at ${path}`, heard);
  }

  private async raw(): Promise<void> {
    const { random } = this;
    const rows = [
      "\0\x01\x02\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "POST /v1/completions HTTP/1.1\r\n\r\n",
      "{}\r\n\r\n",
    ];
    const noise = Array.from({ length: 40 }, () => String.fromCharCode(random.below(256))).join("");
    const bytes = Buffer.from(rows[random.below(rows.length + 1)] ?? `${noise}\r\n\r\n`, "latin1");
    const { text, end } = await rawExchange(Number(new URL(this.options.url).port), bytes, rawPatience);
    // Closed without a word is an answer to what is no request; silence is none.
    const isRefused = end === "closed" && (text === "" || /^HTTP\/1\.1 4\d\d /.test(text));
    if (isRefused) this.tally.refusedAsWrong += 1;
    else this.fail(`raw ${JSON.stringify(bytes.toString("latin1"))}: ${end} ${text.slice(0, 80)}`);
  }

  private fail(what: string, heard?: Heard): void {
    this.tally.wrong += 1;
    if (this.tally.wrongs.length >= wrongMost) return;
    const told = heard ? `${heard.end} ${heard.status} ${heard.error ?? ""} ${heard.text.slice(0, 300)}` : "";
    this.tally.wrongs.push(`${this.id}: ${what}: ${told}`);
  }
}
