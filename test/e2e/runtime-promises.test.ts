import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { eventsOf, rawAnswer, serving, until } from "../support/runtime/served.ts";
import { chatPath as chat, wire } from "../support/runtime/wire.ts";

const ask = { model: "tiny", messages: [{ role: "user", content: "Hi" }] };
const endless = () => ({ tokens: "a".repeat(4000) });

test.each([
  { case: "before the first token", steps: 0, stream: true },
  { case: "in the middle of events", steps: 3, stream: true },
  { case: "in the middle of a whole answer", steps: 3, stream: false },
])("a client that leaves $case ends every choice", async ({ steps, stream }) => {
  await serving({ script: endless, isStepped: true }, {}, async ({ post, port, engine, log }) => {
    const socket = connect(port, "127.0.0.1");
    socket.write(wire({ ...ask, stream, n: 3 }));
    await until(() => engine.open === 3);
    for (let step = 0; step < steps; step += 1) engine.step();
    socket.destroy();
    await until(() => engine.aborts === 3);
    engine.step();
    expect(engine.open).toBe(0);
    await until(() => log.length === 1);
    expect(log[0]).toMatchObject({ status: 499, error: "client_closed_request", answerTokens: steps * 3 });
    expect((await post("/tokenize", { prompt: "a" })).status).toBe(200);
  });
});

test("of many clients that come and leave, every request ends and none meets another's answer", async () => {
  const script = (request: { prompt: Int32Array }) => ({
    tokens: `${Buffer.from(request.prompt).toString().slice(6, 12)}${"x".repeat(50)}`,
  });
  await serving({ script, facts: { requests: 400 } }, {}, async ({ url, engine, log }) => {
    const answered = await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const name = String(100_000 + index);
        const body = JSON.stringify({
          ...ask,
          messages: [{ role: "user", content: name }],
          stream: index % 2 > 0,
        });
        const signal = index % 3 === 0 ? AbortSignal.timeout(index % 20) : null;
        const headers = { "content-type": "application/json" };
        const response = await fetch(url + chat, { method: "POST", headers, body, signal }).catch(
          () => undefined,
        );
        const text = await response?.text().catch(() => undefined);
        if (text === undefined) return undefined;
        const pieces = text.matchAll(/"content":"([^"]*)"/g);
        expect([...pieces].map(([, piece]) => piece).join("")).toBe(`${name}${"x".repeat(50)}`);
        return name;
      }),
    );
    expect(answered.filter((name) => name !== undefined).length).toBeGreaterThanOrEqual(200);
    await until(() => engine.open === 0);
    await until(() => log.length >= engine.requests.length);
  });
});

/** More than a system keeps for a reader that takes nothing: events of some KiB, and thousands of them. */
const large = {
  engine: {
    script: () => ({ tokens: "a".repeat(32_000), perStep: 8 }),
    facts: { sequenceTokens: 40_000, blocks: 4000 },
  },
  ask: { ...ask, stream: true, logprobs: true, top_logprobs: 20 },
  settings: { writeBufferBytes: 16_384, streamIdleSeconds: 1 },
};

test("a slow reader holds the engine until it reads on, and gets all", async () => {
  const settings = { ...large.settings, streamIdleSeconds: 60 };
  await serving(large.engine, settings, async ({ port, engine }) => {
    const socket = connect(port, "127.0.0.1");
    socket.pause();
    socket.write(wire(large.ask));
    await until(() => engine.holds === 1);
    expect(engine.releases).toBe(0);
    expect(engine.open).toBe(1);
    const told: Buffer[] = [];
    socket.on("data", (bytes) => told.push(bytes));
    socket.resume();
    await until(() => Buffer.concat(told.slice(-8)).includes("[DONE]"));
    socket.destroy();
    const pieces = Buffer.concat(told)
      .toString("latin1")
      .match(/"delta":\{"content":"a{8}"\}/g);
    expect(pieces?.length).toBe(4000);
    expect(engine.releases).toBe(engine.holds);
    expect(engine.aborts).toBe(0);
  });
});

test("a reader that takes nothing for too long is left", async () => {
  await serving(large.engine, large.settings, async ({ port, engine, log }) => {
    const socket = connect(port, "127.0.0.1");
    socket.pause();
    socket.write(wire(large.ask));
    await until(() => engine.aborts === 1);
    await until(() => log.length === 1);
    expect(log[0]).toMatchObject({ status: 499, error: "client_closed_request" });
    expect([engine.holds, engine.releases, engine.open]).toEqual([1, 0, 0]);
    socket.destroy();
  });
});

test("an answer that takes too long is ended", async () => {
  await serving({ script: endless, isStepped: true }, { requestSeconds: 1 }, async ({ post, engine }) => {
    const response = await post(chat, ask);
    expect([response.status, response.headers.get("x-should-retry")]).toEqual([504, "false"]);
    expect(((await response.json()) as { error: { code: string } }).error.code).toBe("answer_timeout");
    expect(engine.aborts).toBe(1);
  });
});

test("a request that does not arrive whole is given up", async () => {
  await serving({ script: endless }, { receiveSeconds: 1 }, async ({ port, engine, post }) => {
    const answer = await rawAnswer(port, wire(ask).slice(0, -5));
    expect(answer.split("\r\n")[0]).toBe("HTTP/1.1 408 Request Timeout");
    expect(engine.requests.length).toBe(0);
    expect((await post("/tokenize", { prompt: "a" })).status).toBe(200);
  });
});

test("of ten times too many requests those taken are answered, the rest told when to come", async () => {
  await serving({ script: () => ({ tokens: "ok" }), isStepped: true }, { requests: 8 }, async (served) => {
    const { post, engine, url } = served;
    let done = 0;
    const all = Array.from({ length: 80 }, async () => {
      const response = await post(chat, ask);
      done += 1;
      return { response, body: (await response.json()) as { error?: { code: string } } };
    });
    await until(() => done === 72 && engine.open === 8);
    for (let step = 0; step < 3; step += 1) engine.step();
    const answers = await Promise.all(all);
    const refused = answers.filter(({ response }) => response.status === 503);
    expect(answers.filter(({ response }) => response.status === 200).length).toBe(8);
    expect(refused.map(({ body }) => body.error?.code)).toEqual(Array(72).fill("queue_full"));
    expect(new Set(refused.map(({ response }) => response.headers.get("retry-after")))).toEqual(
      new Set(["1"]),
    );
    expect(engine.requests.length).toBe(8);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('vllm:admission_rejections_total{reason="requests",model_name="tiny"} 72');
  });
});

test("a full queue of the engine lets go of every choice that it took", async () => {
  await serving(
    { script: endless, isStepped: true, facts: { requests: 3 } },
    {},
    async ({ post, url, engine }) => {
      const first = new AbortController();
      const begun = fetch(`${url}${chat}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...ask, stream: true }),
        signal: first.signal,
      }).catch(() => undefined);
      await until(() => engine.open === 1);
      const response = await post(chat, { ...ask, n: 3 });
      expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
      expect(engine.aborts).toBe(2);
      engine.step();
      expect(engine.open).toBe(1);
      first.abort();
      await begun;
    },
  );
});

test("more answers than the engine ever has places for are no matter of waiting", async () => {
  await serving({ script: endless, facts: { requests: 2 } }, {}, async ({ post }) => {
    const response = await post(chat, { ...ask, n: 3 });
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { message: string } };
    expect(error.message).toBe("3 answers at once, where 2 are possible");
  });
});

test("while it is stopped, streams finish, probes answer and new work is sent away", async () => {
  const script = () => ({ tokens: "abc" });
  await serving({ script, isStepped: true }, {}, async ({ server, post, url, engine }) => {
    const response = post(chat, { ...ask, stream: true });
    await until(() => engine.open === 1);
    engine.step();
    const begun = await response;
    const closed = server.close(30);
    const ready = await fetch(`${url}/health/ready`);
    expect([ready.status, (await fetch(`${url}/health/live`)).status]).toEqual([503, 200]);
    const late = await post(chat, ask);
    expect(late.status).toBe(503);
    expect([late.headers.get("retry-after"), late.headers.get("connection")]).toEqual(["1", "close"]);
    expect(((await late.json()) as { error: { code: string } }).error.code).toBe("draining");
    while (engine.open > 0) engine.step();
    expect((await eventsOf(begun)).at(-1)).toBe("[DONE]");
    await closed;
    expect(engine.aborts).toBe(0);
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });
});

test("at the deadline what is left ends with an error", async () => {
  await serving({ script: endless, isStepped: true }, {}, async ({ server, post, engine }) => {
    const stream = post(chat, { ...ask, stream: true });
    await until(() => engine.open === 1);
    engine.step();
    const whole = post(chat, ask);
    await until(() => engine.open === 2);
    const [begun, closed] = [await stream, server.close(0)];
    const last = JSON.parse((await eventsOf(begun)).at(-1) ?? "");
    expect(last.error).toMatchObject({ code: "draining", type: "overloaded_error" });
    expect((await whole).status).toBe(503);
    await closed;
    expect(engine.aborts).toBe(2);
  });
});

test("a second client of a key that has its limit open waits its turn", async () => {
  const sha256 = ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"];
  const keys = [{ name: "a", sha256, concurrency: 1 }];
  await serving({ script: () => ({ tokens: "ok" }), isStepped: true }, { keys }, async ({ post, engine }) => {
    const headers = { authorization: "Bearer test" };
    const first = post(chat, ask, headers);
    await until(() => engine.open === 1);
    const second = await post(chat, ask, headers);
    expect([second.status, second.headers.get("retry-after")]).toEqual([429, "1"]);
    while (engine.open > 0) engine.step();
    expect((await first).status).toBe(200);
    const third = post(chat, ask, headers);
    await until(() => engine.open === 1);
    expect(engine.requests.map(({ tenant, salt }) => [tenant, salt])).toEqual([
      ["a", 1],
      ["a", 1],
    ]);
    while (engine.open > 0) engine.step();
    expect((await third).status).toBe(200);
  });
});

test("a connection that is closed by the client between requests is nobody's error", async () => {
  await serving({ script: endless }, {}, async ({ port, post }) => {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    socket.end();
    await once(socket, "close");
    expect((await post("/tokenize", { prompt: "a" })).status).toBe(200);
  });
});

const asking: readonly { case: string; headers: Record<string, string>; status: number }[] = [
  { case: "no key", headers: {}, status: 401 },
  { case: "another key", headers: { authorization: "Bearer other" }, status: 401 },
  { case: "no bearer", headers: { authorization: "Basic test" }, status: 401 },
  { case: "the old key", headers: { authorization: "Bearer test" }, status: 200 },
  { case: "the new key", headers: { authorization: "Bearer next" }, status: 200 },
];

test.each(asking)("where keys are wanted, $case is answered with $status", async ({ headers, status }) => {
  const sha256 = [
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "c6c1c9a9c8543f1e4cd980064cf1625eeb61a90703b2464fff039f21682508b3",
  ];
  await serving(
    { script: () => ({ tokens: "ok" }) },
    { keys: [{ name: "a", sha256 }] },
    async ({ post, url }) => {
      const response = await post(chat, ask, headers);
      expect([response.status, (await fetch(`${url}/v1/models`, { headers })).status]).toEqual([
        status,
        status,
      ]);
      expect((await fetch(`${url}/health`)).status).toBe(200);
      if (status === 200) return;
      const { error } = (await response.json()) as { error: object };
      expect(error).toMatchObject({ type: "invalid_request_error", code: "invalid_api_key", param: null });
    },
  );
});
