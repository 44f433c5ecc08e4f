import { expect, test } from "vitest";
import { AnswerText } from "../../../runtime/server/answer-text.ts";
import { byteText } from "../../support/runtime/byte-text.ts";

const tokens = (text: string) => [...Buffer.from(text)].map((token) => ({ token }));

test("characters are told once they are whole, each token at its place", () => {
  const answer = new AnswerText(byteText, [], []);
  const [h, ...e] = tokens("hé");
  expect(answer.push([...(h ? [h] : []), ...e.slice(0, 1)])).toEqual({
    text: "h",
    tokens: [
      { token: 104, offset: 0, characters: 0 },
      { token: 0xc3, offset: 1, characters: 1 },
    ],
  });
  expect(answer.push(e.slice(1))).toEqual({ text: "é", tokens: [{ token: 0xa9, offset: 1, characters: 1 }] });
  expect([answer.end(), answer.tokens, answer.isStopped]).toEqual(["", 3, false]);
});

test("a character counts once, however many code units it has", () => {
  const { tokens: placed } = new AnswerText(byteText, [], []).push(tokens("a😀é!"));
  // Bytes of a character that is not whole stand where it will.
  expect(placed.map(({ characters }) => characters)).toEqual([0, 1, 1, 1, 1, 2, 2, 3]);
  expect(placed.map(({ offset }) => offset)).toEqual([0, 1, 1, 1, 1, 3, 3, 4]);
});

test("half a character at the end is told as what it is", () => {
  const answer = new AnswerText(byteText, [], []);
  expect(answer.push([{ token: 0xc3 }]).text).toBe("");
  expect(answer.end()).toBe("\ufffd");
});

test("a stop string ends the text, whatever follows in its step", () => {
  const answer = new AnswerText(byteText, ["END"], []);
  expect(answer.push(tokens("aE")).text).toBe("a");
  const piece = answer.push(tokens("NDmore"));
  expect([piece.text, piece.tokens.length]).toEqual(["", 2]);
  expect([answer.isStopped, answer.tokens, answer.end()]).toEqual([true, 4, ""]);
});

test("what only began like a stop string is told at the end", () => {
  const answer = new AnswerText(byteText, ["END"], []);
  expect(answer.push(tokens("aEN")).text).toBe("a");
  expect(answer.end()).toBe("EN");
  expect(answer.isStopped).toBe(false);
});

test("an answer of which enough is known says no more", () => {
  const answer = new AnswerText(byteText, ["END"], []);
  answer.push(tokens("aE"));
  answer.stop();
  expect([answer.isStopped, answer.push(tokens("b")), answer.end()]).toEqual([
    true,
    { text: "", tokens: [] },
    "",
  ]);
});
