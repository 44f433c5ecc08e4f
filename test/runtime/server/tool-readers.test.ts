import { expect, test } from "vitest";
import type { AnswerReader } from "../../../runtime/server/text.ts";
import {
  CallsReader,
  ContentReader,
  EitherReader,
  NamedReader,
  OneCallReader,
} from "../../../runtime/server/tool-readers.ts";

const callId = () => "c";

/** Tells what it is given as calls, one for each letter. */
class LetterReader extends ContentReader implements AnswerReader {
  override readonly marks = ["[X]"];
  override readonly thoughtCharacters = 3;

  override push(text: string) {
    return Array.from(text, (letter, index) => {
      const call = { type: "call", index, id: letter, name: letter } as const;
      return letter === letter.toUpperCase() ? ({ type: "content", text: letter } as const) : call;
    });
  }
}

test("an answer to one tool is its arguments, whatever they are", () => {
  const reader = new NamedReader("f", callId);
  expect(reader.push("")).toEqual([]);
  expect(reader.push("{").map(({ type }) => type)).toEqual(["call", "arguments"]);
  expect(reader.push("}")).toEqual([{ type: "arguments", index: 0, text: "}" }]);
  expect([reader.end(), reader.isWhole, reader.marks, reader.thoughtCharacters]).toEqual([[], false, [], 0]);
});

test("a list of calls that was cut short is text", () => {
  const reader = new CallsReader(callId);
  reader.push('[{"name": "f"');
  expect(reader.end()).toEqual([{ type: "content", text: '[{"name": "f"' }]);
});

test("of another reader's calls the first is told", () => {
  const reader = new OneCallReader(new LetterReader());
  expect([reader.marks, reader.thoughtCharacters, reader.isWhole]).toEqual([["[X]"], 3, false]);
  expect(reader.push("A").map(({ type }) => type)).toEqual(["content"]);
  expect(reader.push("BabC")).toEqual([
    { type: "content", text: "B" },
    { type: "call", index: 1, id: "a", name: "a" },
  ]);
  expect([reader.isWhole, reader.push("d"), reader.end()]).toEqual([true, [], []]);
});

const either = () => new EitherReader("<call>", new LetterReader());

test("what begins as calls do is calls, all else is content", () => {
  const calls = either();
  expect([calls.marks, calls.thoughtCharacters, calls.isWhole]).toEqual([["[X]"], 0, false]);
  expect([calls.push("\n<ca"), calls.push("l")]).toEqual([[], []]);
  expect(calls.push("l>").filter(({ type }) => type === "call").length).toBe(4);
  expect([calls.thoughtCharacters, calls.push("a").length]).toEqual([3, 1]);
  const text = either();
  expect([text.push(""), text.push('{"a":"'), text.push("<call>"), text.end()]).toEqual([
    [],
    [{ type: "content", text: '{"a":"' }],
    [{ type: "content", text: "<call>" }],
    [],
  ]);
});

test("a beginning that was cut short is content, and nothing is nothing", () => {
  const reader = either();
  expect([reader.push("<ca"), reader.end()]).toEqual([[], [{ type: "content", text: "<ca" }]]);
  expect(either().end()).toEqual([]);
});
