import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { areSchemasMissing, schemaProblems } from "../support/runtime/openai-schemas.ts";
import { recordedClient } from "../support/runtime/recorded-client.ts";
import type { Script } from "../support/runtime/scripted-engine.ts";
import { type Served, serving, until } from "../support/runtime/served.ts";

type Client = OpenAI;

/** Runs a conversation with OpenAI's own client, and holds every answer against OpenAI's own schemas. */
async function conversation(
  answers: readonly (string | Script)[],
  judged: number,
  talk: (client: Client, served: Served) => Promise<void>,
): Promise<void> {
  const script = (_: unknown, index: number): Script => {
    const answer = answers[index % answers.length] ?? "";
    return typeof answer === "string" ? { tokens: answer } : answer;
  };
  await serving({ script }, {}, async (served) => {
    const { client, judge } = recordedClient(served);
    await talk(client, served);
    expect(await judge()).toEqual({ judged, problems: [] });
  });
}

const hello = { model: "tiny", messages: [{ role: "user" as const, content: "Hello" }] };
const weather = {
  type: "function" as const,
  function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
};

async function caught(promise: PromiseLike<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof OpenAI.APIError) return error;
  throw new Error(`no error of the interface: ${error}`);
}

async function gathered<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of stream) all.push(one);
  return all;
}

test.skipIf(areSchemasMissing)(
  "OpenAI's schemas (need ../shared/data, or PLINTH_OPENAI_OPENAPI) refuse others",
  () => {
    expect(schemaProblems("Model", { id: "a", object: "model", created: 1, owned_by: "b" })).toEqual([]);
    expect(schemaProblems("Model", { id: "a", object: "other", created: 1 })).toEqual([
      "Model: must have required property 'owned_by'",
      "Model/object: must be equal to one of the allowed values",
    ]);
  },
);

describe("OpenAI's own client is understood, and understands", () => {
  test("an answer, whole", async () => {
    await conversation([{ tokens: "Hi there", cachedTokens: 16 }], 1, async (client) => {
      const answer = await client.chat.completions.create(hello);
      expect(answer.choices[0]?.message.content).toBe("Hi there");
      expect(answer.usage?.prompt_tokens_details?.cached_tokens).toBe(16);
    });
  });

  test("an answer in events, with usage", async () => {
    // 1 that tells the role, 4 of content, 1 end, 1 usage.
    await conversation([{ tokens: "Hi €!", perStep: 2 }], 7, async (client) => {
      const stream = await client.chat.completions.create({
        ...hello,
        stream: true,
        stream_options: { include_usage: true },
      });
      const chunks = await gathered(stream);
      expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("Hi €!");
      expect(chunks.at(-1)?.usage?.total_tokens).toBe(23 + 7);
    });
  });

  test("a tool is called, answers, and the conversation goes on", async () => {
    const answers = ['<weather>{"city":"Ulm"}</>', "Rain."];
    await conversation(answers, 2, async (client, { engine }) => {
      const first = await client.chat.completions.create({ ...hello, tools: [weather] });
      expect(first.choices[0]?.finish_reason).toBe("tool_calls");
      const message = first.choices[0]?.message;
      const call = message?.tool_calls?.[0];
      if (!message || call?.type !== "function") throw new Error("no call");
      expect(call.function).toEqual({ name: "weather", arguments: '{"city":"Ulm"}' });
      const told = { role: "tool" as const, tool_call_id: call.id, content: "rain" };
      const second = await client.chat.completions.create({
        model: "tiny",
        messages: [...hello.messages, message, told],
        tools: [weather],
      });
      expect(second.choices[0]?.message.content).toBe("Rain.");
      expect(Buffer.from(engine.requests[1]?.prompt ?? []).toString()).toBe(
        '[weather]user: Hello\nassistant: [{"name":"weather","arguments":{"city":"Ulm"}}]\n' +
          "tool: rain\nassistant: ",
      );
    });
  });

  test("calls in events, gathered by the client", async () => {
    const script = 'So: <weather>{"city":"Ulm"}</><weather>{"city":"Bonn"}</>';
    // The role, 4 of "So: ", for each call its name and its arguments, and the end.
    await conversation([script], 1 + 4 + 4 + 1, async (client) => {
      const stream = client.chat.completions.stream({ ...hello, tools: [weather] });
      const { choices } = await stream.finalChatCompletion();
      expect(choices[0]?.message.content).toBe("So: ");
      expect(choices[0]?.finish_reason).toBe("tool_calls");
      const calls = choices[0]?.message.tool_calls?.map(
        (call) => call.type === "function" && call.function.arguments,
      );
      expect(calls).toEqual(['{"city":"Ulm"}', '{"city":"Bonn"}']);
    });
  });

  test("a call that is demanded is held to the tool's schema", async () => {
    const answers = ['{"city":"Ulm"}', '[{"name":"weather","parameters":{"city":"Ulm"}}]'];
    await conversation(answers, 2, async (client, { engine }) => {
      const named = { type: "function" as const, function: { name: "weather" } };
      for (const tool_choice of [named, "required" as const]) {
        const answer = await client.chat.completions.create({ ...hello, tools: [weather], tool_choice });
        const [choice] = answer.choices;
        expect(choice?.finish_reason).toBe("tool_calls");
        expect(choice?.message.tool_calls).toEqual([
          {
            id: expect.stringMatching(/^call_[0-9a-f]{24}$/),
            type: "function",
            function: { name: "weather", arguments: '{"city":"Ulm"}' },
          },
        ]);
      }
      expect(engine.requests[0]?.grammar).toEqual({
        type: "json-schema",
        schema: weather.function.parameters,
      });
      expect(engine.requests[1]?.grammar?.type).toBe("json-schema");
    });
  });

  test("log probabilities, whole and in events", async () => {
    await conversation(["Hé"], 1 + 5, async (client) => {
      const asked = { ...hello, logprobs: true, top_logprobs: 2 };
      const answer = await client.chat.completions.create(asked);
      const [first, second] = answer.choices[0]?.logprobs?.content ?? [];
      expect(first).toEqual({
        token: "H",
        bytes: [72],
        logprob: -0.5,
        top_logprobs: [
          { token: "H", bytes: [72], logprob: -0.5 },
          { token: "I", bytes: [73], logprob: -1.5 },
        ],
      });
      // Half a character has bytes, though no text of its own.
      expect(second?.bytes).toEqual([0xc3]);
      const stream = await client.chat.completions.create({ ...asked, stream: true });
      const chunks = await gathered(stream);
      const told = chunks.flatMap(({ choices }) => choices[0]?.logprobs?.content ?? []);
      expect(told.map(({ bytes }) => bytes)).toEqual([[72], [0xc3], [0xa9]]);
    });
  });

  test("choices of one request differ by their seeds", async () => {
    await conversation(["one", "two", "three"], 1, async (client, { engine }) => {
      const answer = await client.chat.completions.create({ ...hello, n: 3, seed: 7 });
      expect(answer.choices.map(({ index, message }) => [index, message.content])).toEqual([
        [0, "one"],
        [1, "two"],
        [2, "three"],
      ]);
      expect(engine.requests.map(({ sampling }) => sampling.seed)).toEqual([7n, 8n, 9n]);
      expect(answer.usage).toMatchObject({ prompt_tokens: 23, completion_tokens: 11 });
    });
  });

  test("a format is a grammar", async () => {
    const schema = { type: "object", properties: { a: { type: "integer" } }, required: ["a"] };
    await conversation(['{"a":1}'], 2, async (client, { engine }) => {
      const json_schema = { name: "answer", schema, strict: true };
      await client.chat.completions.create({
        ...hello,
        response_format: { type: "json_schema", json_schema },
      });
      await client.chat.completions.create({ ...hello, response_format: { type: "json_object" } });
      expect(engine.requests.map(({ grammar }) => grammar)).toEqual([
        { type: "json-schema", schema },
        { type: "json-object" },
      ]);
    });
  });

  test("completions, whole and in events", async () => {
    await conversation(["abc"], 1 + 4, async (client) => {
      const asked = { model: "tiny", prompt: ["x", "yz"], logprobs: 1 };
      const answer = await client.completions.create(asked);
      expect(answer.choices.map(({ text }) => text)).toEqual(["abc", "abc"]);
      expect(answer.choices[0]?.logprobs?.text_offset).toEqual([0, 1, 2]);
      const stream = await client.completions.create({ model: "tiny", prompt: "x", stream: true });
      const chunks = await gathered(stream);
      expect(chunks.map(({ choices }) => choices[0]?.text).join("")).toBe("abc");
    });
  });

  test("models", async () => {
    await conversation([""], 2, async (client) => {
      const models = await client.models.list();
      expect(models.data.map(({ id }) => id)).toEqual(["tiny"]);
      expect((await client.models.retrieve("tiny")).owned_by).toBe("plinth");
    });
  });

  test("errors have the classes that the client knows", async () => {
    await conversation([{ tokens: "", end: "non-finite-logits" }], 3, async (client) => {
      const { completions } = client.chat;
      expect(await caught(completions.create({ ...hello, model: "other" }))).toBeInstanceOf(
        OpenAI.NotFoundError,
      );
      const wrong = await caught(completions.create({ ...hello, temperature: 3 }));
      expect(wrong).toBeInstanceOf(OpenAI.BadRequestError);
      expect([wrong.code, wrong.param]).toEqual(["invalid_value", "temperature"]);
      const failed = await caught(completions.create(hello));
      expect([failed.status, failed.code]).toEqual([500, "non_finite_logits"]);
    });
  });

  test("an error in the middle of events is raised by the client", async () => {
    // The role, one of content, and the error.
    await conversation([{ tokens: "a", end: "crowded-out" }], 3, async (client) => {
      const stream = await client.chat.completions.create({ ...hello, stream: true });
      const heard: string[] = [];
      const error = await caught(
        (async () => {
          for await (const { choices } of stream) heard.push(choices[0]?.delta.content ?? "");
        })(),
      );
      expect(heard).toEqual(["", "a"]);
      expect(error.code).toBe("crowded_out");
    });
  });

  test("a client that aborts ends the engine's work", async () => {
    const endless: Script = { tokens: "a".repeat(4000) };
    await serving({ script: () => endless, isStepped: true }, {}, async (served) => {
      const { client } = recordedClient(served);
      const asked = client.chat.completions.create({ ...hello, stream: true });
      await until(() => served.engine.open === 1);
      served.engine.step();
      const stream = await asked;
      stream.controller.abort();
      await until(() => served.engine.aborts === 1);
      served.engine.step();
      expect(served.engine.open).toBe(0);
    });
  });

  test("the client waits as long as it is told, and asks again", async () => {
    const sha256 = ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"];
    const keys = [{ name: "a", sha256, requestsPerMinute: 30 }];
    await serving({ script: () => ({ tokens: "ok" }) }, { keys }, async (served) => {
      const { client, judge } = recordedClient(served, { key: "test", maxRetries: 1 });
      const asked = Array.from({ length: 31 }, () => client.chat.completions.create(hello));
      const answers = await Promise.all(asked);
      expect(answers.length).toBe(31);
      expect((await judge()).problems).toEqual([]);
      expect(served.engine.requests.length).toBe(31);
      const metrics = await (await fetch(`${served.url}/metrics`)).text();
      expect(metrics).toMatch(/admission_rejections_total\{reason="rate",model_name="tiny"\} [1-9]/);
    });
  });
});
