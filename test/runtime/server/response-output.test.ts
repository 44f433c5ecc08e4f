import { expect, test } from "vitest";
import { ResponseOutput } from "../../../runtime/server/response-output.ts";

function output() {
  const events: string[] = [];
  const made = new ResponseOutput((type, fields) => {
    const { output_index, delta } = fields as { output_index: number; delta?: string };
    events.push([type.replace("response.", ""), output_index, ...(delta ? [delta] : [])].join(" "));
  });
  return { output: made, events };
}

test("text and calls are items of their own, each begun and ended", () => {
  const { output: made, events } = output();
  made.take([
    { type: "content", text: "a" },
    { type: "content", text: "b" },
  ]);
  made.take([
    { type: "call", index: 0, id: "c1", name: "f" },
    { type: "arguments", index: 0, text: "{" },
    { type: "arguments", index: 0, text: "}" },
  ]);
  made.end("stop");
  expect(events).toEqual([
    "output_item.added 0",
    "content_part.added 0",
    "output_text.delta 0 a",
    "output_text.delta 0 b",
    "output_text.done 0",
    "content_part.done 0",
    "output_item.done 0",
    "output_item.added 1",
    "function_call_arguments.delta 1 {",
    "function_call_arguments.delta 1 }",
    "function_call_arguments.done 1",
    "output_item.done 1",
  ]);
  expect(made.items).toMatchObject([
    { type: "message", status: "completed", content: [{ text: "ab" }] },
    { type: "function_call", status: "completed", call_id: "c1", name: "f", arguments: "{}" },
  ]);
});

test("what was cut short says so", () => {
  const { output: made } = output();
  made.take([{ type: "content", text: "a" }]);
  made.end("length");
  expect(made.items.map(({ status }) => status)).toEqual(["incomplete"]);
});

test("an answer of nothing is a message", () => {
  const { output: made, events } = output();
  made.end("stop");
  expect(made.items).toMatchObject([{ type: "message", status: "completed", content: [{ text: "" }] }]);
  expect(events.filter((event) => event.startsWith("output_text.delta"))).toEqual([]);
});

test("a thought is an item of its own", () => {
  const { output: made, events } = output();
  made.take([
    { type: "thought", text: "h" },
    { type: "thought", text: "m" },
    { type: "content", text: "a" },
  ]);
  made.end("stop");
  expect(events.slice(0, 8)).toEqual([
    "output_item.added 0",
    "content_part.added 0",
    "reasoning_text.delta 0 h",
    "reasoning_text.delta 0 m",
    "reasoning_text.done 0",
    "content_part.done 0",
    "output_item.done 0",
    "output_item.added 1",
  ]);
  expect(made.items).toMatchObject([
    {
      type: "reasoning",
      status: "completed",
      summary: [],
      content: [{ type: "reasoning_text", text: "hm" }],
    },
    { type: "message", status: "completed", content: [{ text: "a" }] },
  ]);
});
