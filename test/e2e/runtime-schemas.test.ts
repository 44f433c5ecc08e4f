/** What the real engine says, held against the schemas of OpenAI's interface. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { tinyModelDirectory } from "../../runtime/tiny/tiny-directory.ts";
import { recordedClient } from "../support/runtime/recorded-client.ts";
import { ServedRuntime } from "../support/runtime/served-runtime.ts";

let runtime: ServedRuntime;

beforeAll(async () => {
  runtime = await ServedRuntime.serve(await tinyModelDirectory());
});
afterAll(() => runtime?.stop());

test("what the engine says is in OpenAI's shapes, whole and in events", async () => {
  const { client: recorded, judge } = recordedClient(runtime);
  const messages = [{ role: "user" as const, content: "What is a ClusterQueue?" }];
  const common = { model: "tiny", temperature: 0, seed: 7 };
  const counted = { ...common, max_tokens: 12, n: 2, stream_options: { include_usage: true } };
  const chat = { ...counted, messages, logprobs: true, top_logprobs: 3 };
  const weather = {
    type: "function" as const,
    function: {
      name: "weather",
      parameters: {
        type: "object",
        properties: { city: { type: "string", maxLength: 8 } },
        required: ["city"],
        additionalProperties: false,
      },
    },
  };
  const tools = {
    ...common,
    messages,
    // A small model likes white space, which the grammar lets it have.
    max_tokens: 400,
    tools: [weather],
    parallel_tool_calls: false,
    tool_choice: "required" as const,
  };
  const completion = { ...counted, prompt: "Kueue", logprobs: 2 };
  const response = { ...common, input: "What is MIG?", max_output_tokens: 12 };
  const { stream_options: _, ...chatWhole } = chat;
  const { stream_options: __, ...completionWhole } = completion;
  const whole = await recorded.chat.completions.create(chatWhole);
  expect(whole.choices.map(({ logprobs }) => logprobs?.content?.[0]?.top_logprobs.length)).toEqual([3, 3]);
  const called = await recorded.chat.completions.create(tools);
  expect(called.choices[0]?.message.tool_calls?.map(({ type }) => type)).toEqual(["function"]);
  const completed = await recorded.completions.create(completionWhole);
  expect(completed.choices.map(({ index }) => index)).toEqual([0, 1]);
  const said = await recorded.responses.create(response);
  expect(said.usage?.output_tokens).toBe(12);
  const streams = [
    await recorded.chat.completions.create({ ...chat, stream: true }),
    await recorded.chat.completions.create({ ...tools, stream: true }),
    await recorded.completions.create({ ...completion, stream: true }),
    await recorded.responses.create({ ...response, stream: true }),
  ];
  let events = 0;
  for (const stream of streams) for await (const _event of stream) events += 1;
  const { judged, problems } = await judge();
  expect([judged, problems]).toEqual([4 + events, []]);
});
