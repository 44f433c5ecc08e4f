import { expect, test } from "vitest";
import { ChatFrames } from "../../../runtime/server/chat-frames.ts";

const head = { id: 'a"b', created: 7, model: "m" };
const told = { id: 'a"b', object: "chat.completion.chunk", created: 7, model: "m" };
const usage = {
  prompt_tokens: 1,
  completion_tokens: 2,
  total_tokens: 3,
  prompt_tokens_details: { cached_tokens: 0 },
};

test.each([
  { isUsageWanted: false, more: {} },
  { isUsageWanted: true, more: { usage: null } },
])("events where usage is wanted: $isUsageWanted", ({ isUsageWanted, more }) => {
  const frames = new ChatFrames(head, isUsageWanted);
  const choice = (rest: object) => ({
    ...told,
    choices: [{ index: 2, logprobs: null, finish_reason: null, ...rest }],
  });
  expect(JSON.parse(frames.content(2, 'x"\n'))).toEqual({
    ...choice({ delta: { content: 'x"\n' } }),
    ...more,
  });
  expect(JSON.parse(frames.delta(2, {}, { finish: "stop" }))).toEqual({
    ...choice({ delta: {}, finish_reason: "stop" }),
    ...more,
  });
  const logprobs = { content: [], refusal: null } as const;
  expect(JSON.parse(frames.content(2, "", { logprobs }))).toEqual({
    ...choice({ delta: { content: "" }, logprobs }),
    ...more,
  });
});

test("the last event has usage and no choice", () => {
  expect(JSON.parse(new ChatFrames(head, true).usage(usage))).toEqual({ ...told, choices: [], usage });
});
