import type OpenAI from "openai";
import { expect, test } from "vitest";
import { byteText } from "../../support/runtime/byte-text.ts";
import { recordedClient } from "../../support/runtime/recorded-client.ts";
import type { Script } from "../../support/runtime/scripted-engine.ts";
import { bodyOf, type Served, serving } from "../../support/runtime/served.ts";
import { thinkingText } from "../../support/runtime/thinking-text.ts";

const weather = {
  type: "function" as const,
  name: "weather",
  parameters: { type: "object" },
  strict: false,
};

test("an answer, whole, fits OpenAI's schema", async () => {
  await serving({ script: () => ({ tokens: "Hello", cachedTokens: 2 }) }, {}, async (served) => {
    const { client, judge } = recordedClient(served);
    const response = await client.responses.create({ model: "tiny", input: "Hi", instructions: "Be kind" });
    expect([response.status, response.output_text, response.usage?.total_tokens]).toEqual([
      "completed",
      "Hello",
      41,
    ]);
    expect(response.usage?.input_tokens_details.cached_tokens).toBe(2);
    expect(Buffer.from(served.engine.requests[0]?.prompt ?? []).toString()).toBe(
      "system: Be kind\nuser: Hi\nassistant: ",
    );
    expect(await judge()).toEqual({ judged: 1, problems: [] });
  });
});

test("a response tells how it was drawn, also where the model says it", async () => {
  const text = { ...byteText, defaults: { temperature: 0.7, topP: 0.8 } };
  const use = async (served: Served) => {
    const { client, judge } = recordedClient(served);
    const drawn = async (fields: object) => {
      const { temperature, top_p } = await client.responses.create({ model: "tiny", input: "Hi", ...fields });
      return [temperature, top_p];
    };
    expect(await drawn({})).toEqual([0.7, 0.8]);
    expect(await drawn({ temperature: 0 })).toEqual([0, 0.8]);
    expect(await judge()).toEqual({ judged: 2, problems: [] });
  };
  await serving({ script: () => ({ tokens: "Hello" }) }, {}, use, {}, text);
});

test("an answer that is cut short says why", async () => {
  await serving({ script: () => ({ tokens: "Hello" }) }, {}, async (served) => {
    const { client, judge } = recordedClient(served);
    const response = await client.responses.create({ model: "tiny", input: "Hi", max_output_tokens: 2 });
    expect([response.status, response.incomplete_details]).toEqual([
      "incomplete",
      { reason: "max_output_tokens" },
    ]);
    expect(await judge()).toEqual({ judged: 1, problems: [] });
  });
});

test("a tool is called in events, and its answer goes on", async () => {
  const answers = ['So<weather>{"city":"Ulm"}</>', "Rain."];
  await serving({ script: (_, index) => ({ tokens: answers[index] ?? "" }) }, {}, async (served) => {
    const { client, judge } = recordedClient(served);
    const input = [{ role: "user" as const, content: "Hi" }];
    const stream = client.responses.stream({ model: "tiny", input, tools: [weather] });
    const types: string[] = [];
    for await (const { type, sequence_number } of stream) {
      expect(sequence_number).toBe(types.length);
      types.push(type);
    }
    expect([...new Set(types)]).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.function_call_arguments.delta",
      "response.function_call_arguments.done",
      "response.completed",
    ]);
    const { output } = await stream.finalResponse();
    const call = output[1];
    if (call?.type !== "function_call") throw new Error("no call");
    expect([call.name, call.arguments]).toEqual(["weather", '{"city":"Ulm"}']);
    const answered = { type: "function_call_output" as const, call_id: call.call_id, output: "rain" };
    const second = await client.responses.create({
      model: "tiny",
      // As they came over the wire: what the client adds to them is its own.
      input: [...input, { role: "assistant", content: "So" }, call, answered].map((item) => {
        const { parsed_arguments: _, ...sent } = item as typeof call & { parsed_arguments?: unknown };
        return sent;
      }),
      tools: [weather],
    });
    expect(second.output_text).toBe("Rain.");
    expect(await judge()).toEqual({ judged: types.length + 1, problems: [] });
  });
});

test("a format is a grammar, and a tool that is demanded too", async () => {
  await serving({ script: () => ({ tokens: "{}" }) }, {}, async (served) => {
    const { client, judge } = recordedClient(served);
    const schema = { type: "object" };
    const format = { type: "json_schema" as const, name: "a", schema, strict: true };
    await client.responses.create({ model: "tiny", input: "Hi", text: { format } });
    const tool_choice = { type: "function" as const, name: "weather" };
    await client.responses.create({ model: "tiny", input: "Hi", tools: [weather], tool_choice });
    expect(served.engine.requests.map(({ grammar }) => grammar)).toEqual([
      { type: "json-schema", schema },
      { type: "json-schema", schema },
    ]);
    expect(await judge()).toEqual({ judged: 2, problems: [] });
  });
});

test("a thought is an item before the answer, whole and in events, and can be sent back", async () => {
  const script = () => ({ tokens: "<think>hm</think>\n\nYes" });
  await serving(
    { script },
    {},
    async (served) => {
      const { client, judge } = recordedClient(served);
      const { output, usage } = await client.responses.create({ model: "tiny", input: "Hi" });
      expect(output).toMatchObject([
        { type: "reasoning", summary: [], content: [{ type: "reasoning_text", text: "hm" }] },
        { type: "message", content: [{ text: "Yes" }] },
      ]);
      expect(usage?.output_tokens_details).toEqual({ reasoning_tokens: 17 });
      const again = await client.responses.create({
        model: "tiny",
        input: [{ role: "user", content: "Hi" }, ...(output as OpenAI.Responses.ResponseInputItem[])],
      });
      expect(again.output_text).toBe("Yes");
      const stream = await client.responses.create({ model: "tiny", input: "Hi", stream: true });
      const types: string[] = [];
      for await (const { type } of stream) types.push(type);
      expect(types.filter((type) => type.includes("reasoning"))).toEqual([
        "response.reasoning_text.delta",
        "response.reasoning_text.delta",
        "response.reasoning_text.done",
      ]);
      expect(await judge()).toEqual({ judged: 2 + types.length, problems: [] });
    },
    {},
    thinkingText(false),
  );
});

test("an error in the middle ends the events as failed", async () => {
  const script = (): Script => ({ tokens: "a", end: "non-finite-logits" });
  await serving({ script }, {}, async (served) => {
    const { client, judge } = recordedClient(served);
    const stream = await client.responses.create({ model: "tiny", input: "Hi", stream: true });
    const types: string[] = [];
    for await (const event of stream) {
      types.push(event.type);
      if (event.type === "response.failed") expect(event.response.error?.code).toBe("server_error");
    }
    expect(types.at(-1)).toBe("response.failed");
    expect(await judge()).toEqual({ judged: types.length, problems: [] });
  });
});

test("what needs a memory is refused by name", async () => {
  await serving({ script: () => ({ tokens: "" }) }, {}, async ({ post }) => {
    const { error } = await bodyOf(
      await post("/v1/responses", { model: "tiny", input: "Hi", previous_response_id: "resp_1" }),
    );
    expect([error.code, error.param]).toEqual(["unsupported_parameter", "previous_response_id"]);
  });
});
