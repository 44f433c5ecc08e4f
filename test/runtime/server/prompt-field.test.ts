import { expect, test } from "vitest";
import { encodedPrompt, promptField, promptList } from "../../../runtime/server/prompt-field.ts";
import { byteText } from "../../support/runtime/byte-text.ts";
import { ScriptedEngine } from "../../support/runtime/scripted-engine.ts";

const service = { text: byteText, engine: new ScriptedEngine({ script: () => ({ tokens: "" }) }) };

test.each([
  { case: "a text", prompt: "ab", want: [[97, 98]] },
  { case: "texts", prompt: ["a", "bc"], want: [[97], [98, 99]] },
  { case: "tokens", prompt: [1, 256], want: [[1, 256]] },
  { case: "lists of tokens", prompt: [[1], [2, 3]], want: [[1], [2, 3]] },
])("$case", ({ prompt, want }) => {
  const list = promptList(promptField.parse(prompt));
  expect(list.map((one) => [...encodedPrompt(service, one, "input")])).toEqual(want);
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

test("a token that the model has not is told with its field", () => {
  const want = { code: "invalid_value", param: "input", message: /^input: 257 is no token of this model/ };
  expect(() => encodedPrompt(service, [1, 257], "input")).toThrow(
    expect.objectContaining({ ...want, message: expect.stringMatching(want.message) }),
  );
});
