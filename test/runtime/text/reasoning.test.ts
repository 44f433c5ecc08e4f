import { expect, test } from "vitest";
import { endsInThought, marksThoughts, ReasoningParser } from "../../../runtime/text/reasoning.ts";
import { templateNamed } from "../../support/runtime/chat-templates.ts";

function run(pieces: readonly string[], startsInThought = false) {
  const parser = new ReasoningParser({ startsInThought });
  const told = [...pieces.map((piece) => parser.push(piece)), parser.end()];
  const reasoning = told.map((each) => each.reasoning).join("");
  return [reasoning, told.map(({ content }) => content).join("")];
}

const rows = [
  { text: "<think>\nab\n\ncd\n</think>\n\nhello\n", want: ["ab\n\ncd", "hello\n"] },
  { text: "\n <think>ab</think>c", want: ["ab", "c"] },
  { text: "hello <think>ab</think>", want: ["", "hello <think>ab</think>"] },
  { text: "<think></think>c", want: ["", "c"] },
  { text: "<think>never", want: ["never", ""] },
  { text: "<think>a\n</thi\n", want: ["a\n</thi\n", ""] },
  { text: " <thin", want: ["", " <thin"] },
  { text: "<think>a</think>b</think>", want: ["a", "b</think>"] },
  { text: "", want: ["", ""] },
];

test.each(rows)("$text", ({ text, want }) => {
  expect(run([text])).toEqual(want);
  expect(run([...text])).toEqual(want);
  expect(run(text.match(/.{1,3}/gs) ?? [])).toEqual(want);
});

test("a thought that the prompt began", () => {
  expect(run(["ab</th", "ink>\n", "c"], true)).toEqual(["ab", "c"]);
});

test("a thought is told while it is thought", () => {
  const parser = new ReasoningParser();
  expect(parser.push("<think>\nfirst\n")).toEqual({ reasoning: "first", content: "" });
  expect(parser.push("then")).toEqual({ reasoning: "\nthen", content: "" });
});

test("which templates have thoughts, and which prompts end in one", () => {
  expect(marksThoughts(templateNamed("marks"))).toBe(true);
  expect(marksThoughts(templateNamed("headers"))).toBe(false);
  expect([endsInThought("<|im_start|>assistant\n<think>\n"), endsInThought("<think>\n\n</think>")]).toEqual([
    true,
    false,
  ]);
});
