/** Dialogues for the tiny model: every topic in many wordings, drawn in an order that a seed decides. */
import type { SeededRandom } from "./random.ts";
import { sayings, tasks } from "./sayings.ts";
import { terms } from "./terms.ts";

export interface Turn {
  readonly question: string;
  readonly answer: string;
}

const termQuestions: readonly ((name: string) => string)[] = [
  (name) => `What is ${name}?`,
  (name) => `What is ${name}?`,
  (name) => `What's ${name}?`,
  (name) => `Explain ${name}.`,
  (name) => `Explain ${name}, please.`,
  (name) => `Tell me about ${name}.`,
  (name) => `Can you explain ${name}?`,
  (name) => `What does ${name} do?`,
  (name) => `What do you know about ${name}?`,
  (name) => `What is ${name} good for?`,
  (name) => `Please tell me what ${name} is.`,
  (name) => `I want to know what ${name} is.`,
  (name) => `And ${name}?`,
];

const taskQuestions: readonly ((wish: string) => string)[] = [
  (wish) => `How do I ${wish}?`,
  (wish) => `How do I ${wish}?`,
  (wish) => `How can I ${wish}?`,
  (wish) => `I want to ${wish}.`,
  (wish) => `I would like to ${wish}.`,
  (wish) => `How to ${wish}?`,
  (wish) => `Show me how to ${wish}.`,
  (wish) => `Can I ${wish}?`,
  (wish) => `What do I type to ${wish}?`,
  (wish) => `What must I do to ${wish}?`,
];

/** Every question with its answer; those of one topic lie together. */
export function everyTurn(): readonly (readonly Turn[])[] {
  const wordings = (parts: readonly string[], templates: readonly ((part: string) => string)[]) =>
    parts.flatMap((part) => templates.map((template) => template(part)));
  const topics = [
    ...terms.map(({ names, answer }) => ({ questions: wordings(names, termQuestions), answer })),
    ...tasks.map(({ wishes, answer }) => ({ questions: wordings(wishes, taskQuestions), answer })),
    ...sayings,
  ];
  return topics.map(({ questions, answer }) => questions.map((question) => ({ question, answer })));
}

/** Draws topics evenly, however many wordings each has, and at times writes as people do. */
export class TurnSource {
  readonly #topics = everyTurn();
  readonly #random: SeededRandom;
  readonly #left: number[] = [];

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  next(): Turn {
    if (this.#left.length === 0) this.#refill();
    const [index = 0] = this.#left.splice(this.#random.below(this.#left.length), 1);
    const turns = this.#topics[index] ?? [];
    const { question, answer } = turns[this.#random.below(turns.length)] as Turn;
    return { question: this.#asTyped(question), answer };
  }

  /** Sayings have few wordings in common and come twice; the last one, all else, comes four times. */
  #refill(): void {
    const last = this.#topics.length - 1;
    const said = sayings.map((_, index) => terms.length + tasks.length + index);
    this.#left.push(...this.#topics.keys(), ...said, last, last);
  }

  #asTyped(question: string): string {
    const words = this.#random.below(4) === 0 ? question.toLowerCase() : question;
    const chance = this.#random.below(8);
    if (/[.?!]$/.test(words)) return chance < 2 ? words.slice(0, -1) : words;
    return chance < 2 ? `${words}!` : chance < 4 ? `${words}.` : words;
  }
}
