import { expect, test } from "vitest";
import { encodedPrompts, promptField, promptList } from "../../../runtime/server/prompt-field.ts";
import { TextReader } from "../../../runtime/server/text-reader.ts";
import { byteText } from "../../support/runtime/byte-text.ts";
import { ScriptedEngine } from "../../support/runtime/scripted-engine.ts";
import { threadsHere } from "../../support/runtime/served.ts";

const caller = { tenant: "red", priority: 0, number: 1 };
const reading = { signal: new AbortController().signal, caller };
const service = {
  reader: new TextReader({
    text: byteText,
    threads: threadsHere(byteText),
    settings: { longTextCharacters: 4096, textSeconds: 1 },
    now: () => 0,
    refused: () => undefined,
  }),
  engine: new ScriptedEngine({ script: () => ({ tokens: "" }) }),
};
const paramOf = (index: number) => `input[${index}]`;

test.each([
  { case: "a text", prompt: "ab", want: [[97, 98]] },
  { case: "texts", prompt: ["a", "bc"], want: [[97], [98, 99]] },
  { case: "tokens", prompt: [1, 256], want: [[1, 256]] },
  { case: "lists of tokens", prompt: [[1], [2, 3]], want: [[1], [2, 3]] },
])("$case", async ({ prompt, want }) => {
  const list = promptList(promptField.parse(prompt));
  const encoded = await encodedPrompts(service, reading, list, paramOf);
  expect(encoded.map((tokens) => [...tokens])).toEqual(want);
});

test.each([
  { case: "nothing", prompt: [] },
  { case: "an empty list of tokens", prompt: [[]] },
  { case: "a negative token", prompt: [-1] },
  { case: "texts and tokens", prompt: ["a", 1] },
  { case: "a number", prompt: 1 },
])("refused: $case", ({ prompt }) => {
  expect(promptField.safeParse(prompt).success).toBe(false);
});

test("a token that the model has not is told with its field", async () => {
  const refused = encodedPrompts(service, reading, [[1], [1, 257]], paramOf);
  await expect(refused).rejects.toMatchObject({
    code: "invalid_value",
    param: "input[1]",
    message: expect.stringMatching(/^input\[1\]: 257 is no token of this model/),
  });
});
