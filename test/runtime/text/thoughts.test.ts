import { expect, test } from "vitest";
import { seededRandom } from "../../../components/planning/random.ts";
import { ContentReader } from "../../../runtime/server/tool-readers.ts";
import { ThoughtReader, thoughtMarksOf, thoughtStateOf } from "../../../runtime/text/thoughts.ts";
import { templateNamed } from "../../support/runtime/chat-templates.ts";

const marks = { open: "<think>", close: "</think>" };

function run(isOpen: boolean, pieces: readonly string[]) {
  const reader = new ThoughtReader(marks, isOpen, new ContentReader());
  const parts = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
  const told = (type: string) =>
    parts.flatMap((part) => (part.type === type && "text" in part ? [part.text] : [])).join("");
  return { thought: told("thought"), content: told("content"), characters: reader.thoughtCharacters };
}

const rows = [
  { case: "none", isOpen: false, text: "Hello <b>", thought: "", content: "Hello <b>", characters: 0 },
  {
    case: "of its own",
    isOpen: false,
    text: "<think>\nOne < two\n\nthree\n</think>\n\nHello",
    ...{ thought: "One < two\n\nthree", content: "Hello", characters: 33 },
  },
  {
    case: "behind space",
    isOpen: false,
    text: "\n <think>a</think>b",
    ...{ thought: "a", content: "b", characters: 18 },
  },
  {
    case: "that the prompt has begun",
    isOpen: true,
    text: "One</thi</think>\n\n\nHello\n",
    ...{ thought: "One</thi", content: "Hello\n", characters: 16 },
  },
  {
    case: "begun twice",
    isOpen: true,
    text: "<think>\nOne</think>Hello",
    ...{ thought: "One", content: "Hello", characters: 19 },
  },
  { case: "cut short", isOpen: true, text: "One\n</th", thought: "One\n</th", content: "", characters: 8 },
  { case: "cut at its mark", isOpen: false, text: "<thi", thought: "", content: "<thi", characters: 0 },
  {
    case: "empty",
    isOpen: false,
    text: "<think>\n\n</think>\n\nA",
    thought: "",
    content: "A",
    characters: 17,
  },
];

test.each(rows)(
  "a thought, $case: alike in any 60 cuts",
  ({ isOpen, text, thought, content, characters }) => {
    const random = seededRandom(text.length);
    expect(run(isOpen, [text])).toEqual({ thought, content, characters });
    expect(run(isOpen, [...text])).toEqual({ thought, content, characters });
    for (let turn = 0; turn < 60; turn += 1) {
      const pieces: string[] = [];
      for (let at = 0; at < text.length; ) {
        const length = 1 + random.below(9);
        pieces.push(text.slice(at, at + length));
        at += length;
      }
      expect(run(isOpen, pieces)).toEqual({ thought, content, characters });
    }
  },
);

test("what is sure is told at once", () => {
  const reader = new ThoughtReader(marks, true, new ContentReader());
  expect(reader.push("One two")).toEqual([{ type: "thought", text: "One two" }]);
  expect(reader.push("</")).toEqual([]);
  expect(reader.push("b>")).toEqual([{ type: "thought", text: "</b>" }]);
  expect([reader.marks, reader.isWhole, reader.thoughtCharacters]).toEqual([
    ["<think>", "</think>"],
    false,
    11,
  ]);
});

test.each([
  { template: "marks", want: marks },
  { template: "headers", want: undefined },
] as const)("whether a model thinks is read from its template: $template", ({ template, want }) => {
  expect(thoughtMarksOf(templateNamed(template))).toEqual(want);
});

test("Mistral's marks are others", () => {
  expect(thoughtMarksOf("{{ '[THINK]' + thought + '[/THINK]' }}")).toEqual({
    open: "[THINK]",
    close: "[/THINK]",
  });
});

test.each([
  { end: "assistant\n<think>\n", want: "open" },
  { end: "assistant\n<think>\n\n</think>\n\n", want: "none" },
  { end: "assistant\n", want: "free" },
])("a prompt says whether a thought has begun: $want", ({ end, want }) => {
  expect(thoughtStateOf(end, marks)).toBe(want);
});
