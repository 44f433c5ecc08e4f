/** A text model whose tokens are bytes: exact, without files, and able to split any character. */
import { newId } from "../../../runtime/server/exchange.ts";
import { PromptError } from "../../../runtime/server/prompt.ts";
import type {
  AnswerPart,
  AnswerReader,
  ChatMessage,
  ChatOptions,
  StopFinder,
  TextModel,
} from "../../../runtime/server/text.ts";

/** The token that ends an answer. */
const endToken = 256;

const encode = (text: string) => Int32Array.from(Buffer.from(text));

export const byteText: TextModel = {
  stopTokens: [endToken],
  defaults: {},
  encode: (text) => encode(text),
  decode: (tokens) => Buffer.from(tokens.filter((token) => token < endToken)).toString("utf8"),
  bytesOf: (token) => (token < endToken ? Uint8Array.of(token) : Buffer.from("<end>")),
  renderChat,
  detokenizer: () => {
    const decoder = new TextDecoder();
    return {
      push: (token) => (token < endToken ? decoder.decode(Uint8Array.of(token), { stream: true }) : ""),
      end: () => decoder.decode(),
    };
  },
  stopFinder,
  answerReader: () => new BracketReader(),
  callId: () => newId("call_"),
  callsGrammar: () => undefined,
  thinks: false,
  thoughtAfter: () => undefined,
  grammarProblem: (grammar) =>
    JSON.stringify(grammar).includes("no-such-type") ? "the schema has a type that is none" : undefined,
};

/** `role: content` in lines, after the names of the tools; `^` stands for what a plain prompt begins with. */
function renderChat(
  messages: readonly ChatMessage[],
  { tools, variables, addGenerationPrompt = true, addSpecialTokens = false }: ChatOptions,
): Int32Array {
  if (messages.some(({ content }) => content === "refuse me"))
    throw new PromptError("messages", "the template refuses this");
  const known = tools.map(({ function: { name } }) => `[${name}]`).join("");
  const given = Object.entries(variables).map(([name, value]) => `{${name}=${JSON.stringify(value)}}`);
  const lines = messages.map(({ role, content, tool_calls }) => {
    const calls = tool_calls ? JSON.stringify(tool_calls.map(writtenCall)) : "";
    return `${role}: ${content ?? ""}${calls}\n`;
  });
  const begun = addSpecialTokens ? "^" : "";
  const answer = addGenerationPrompt ? "assistant: " : "";
  return encode(`${begun}${known}${given.join("")}${lines.join("")}${answer}`);
}

function writtenCall({ function: { name, arguments: written } }: NonNullable<ChatMessage["tool_calls"]>[0]) {
  return { name, arguments: JSON.parse(written) as unknown };
}

function stopFinder(stops: readonly string[]): StopFinder {
  let kept = "";
  return {
    push: (more) => {
      kept += more;
      const [first] = stops
        .filter((stop) => kept.includes(stop))
        .sort((one, other) => kept.indexOf(one) - kept.indexOf(other));
      let sure = first === undefined ? 0 : kept.indexOf(first);
      const mayStop = (tail: string) => stops.some((stop) => stop.startsWith(tail));
      while (first === undefined && sure < kept.length && !mayStop(kept.slice(sure))) sure += 1;
      const text = kept.slice(0, sure);
      kept = first === undefined ? kept.slice(sure) : "";
      return first === undefined ? { text } : { text, stop: first };
    },
    end: () => kept,
  };
}

/** Calls are written `<name>arguments</>`, told once they are whole; all else is content. */
class BracketReader implements AnswerReader {
  readonly marks = [];
  readonly isWhole = false;
  readonly thoughtCharacters = 0;
  private written = "";
  private calls = 0;

  push(text: string): readonly AnswerPart[] {
    this.written += text;
    const parts: AnswerPart[] = [];
    for (;;) {
      const call = /^(.*?)<([a-z_]+)>(.*?)<\/>/s.exec(this.written);
      if (!call) break;
      const [whole, before, name, written] = call;
      if (before) parts.push({ type: "content", text: before });
      parts.push({ type: "call", index: this.calls, id: newId("call_"), name: name ?? "" });
      parts.push({ type: "arguments", index: this.calls, text: written ?? "" });
      this.calls += 1;
      this.written = this.written.slice(whole.length);
    }
    const sure = this.written.includes("<") ? this.written.indexOf("<") : this.written.length;
    if (sure > 0) parts.push({ type: "content", text: this.written.slice(0, sure) });
    this.written = this.written.slice(sure);
    return parts;
  }

  end(): readonly AnswerPart[] {
    return this.written === "" ? [] : [{ type: "content", text: this.written }];
  }
}
