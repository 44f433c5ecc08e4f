import { createHash } from "node:crypto";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { bodyOf, rawAnswer, serving, until } from "../../support/runtime/served.ts";
import { wire } from "../../support/runtime/wire.ts";

const path = "/v1/chat/completions";
const ask = { model: "tiny", messages: [{ role: "user", content: "a secret" }] };
const script = () => ({ tokens: "another secret" });

test("the log tells figures, and nothing that was asked or answered", async () => {
  await serving({ script }, {}, async ({ post, log }) => {
    await (await post(path, ask, { "x-request-id": "mine" })).text();
    await (await post(path, { ...ask, n: 99 })).text();
    await (await post("/v1/completions", "{")).text();
    expect(log).toEqual([
      {
        id: "mine",
        method: "POST",
        path,
        status: 200,
        tenant: "anonymous",
        seconds: expect.any(Number),
        model: "tiny",
        promptTokens: 26,
        cachedTokens: 0,
        answerTokens: 14,
        firstTokenSeconds: expect.any(Number),
        finishes: ["stop"],
      },
      expect.objectContaining({ path, status: 400, error: "invalid_value", finishes: [] }),
      expect.objectContaining({ path: "/v1/completions", status: 400, error: "invalid_json" }),
    ]);
    expect(JSON.stringify(log)).not.toContain("secret");
  });
});

test("where the settings say so, the log tells what was said, up to so many characters", async () => {
  const script = () => ({ tokens: "because" });
  await serving({ script }, { logTextCharacters: 10 }, async ({ post, log }) => {
    const body = { model: "tiny", prompt: "why", max_tokens: 20 };
    await (await post("/v1/completions", { ...body, n: 2 })).text();
    await until(() => log.length === 1);
    const both = { prompt: "why", answer: expect.any(String) };
    expect(log).toEqual([expect.objectContaining({ status: 200, said: [both, both] })]);
    expect(log[0]?.said?.map(({ answer }) => answer).join("")).toHaveLength(4);
    await (await post("/v1/completions", { ...body, prompt: "of", stream: true })).text();
    await until(() => log.length === 2);
    expect(log[1]?.said).toEqual([{ prompt: "of", answer: "because" }]);
  });
});

test("who is refused at the door is in the log too", async () => {
  const hash = createHash("sha256").update("key").digest("hex");
  const keys = [{ name: "red", sha256: [hash], requestsPerMinute: 1 }];
  await serving({ script }, { keys }, async ({ post, url, log }) => {
    const known = { authorization: "Bearer key" };
    await (await post(path, ask, known)).text();
    await (await post(path, ask, { ...known, "x-request-id": "mine" })).text();
    await (await post(path, ask)).text();
    await (await fetch(`${url}/nothing`)).text();
    await until(() => log.length === 4);
    const figures = { promptTokens: 0, cachedTokens: 0, answerTokens: 0, finishes: [] };
    const seconds = expect.any(Number);
    const id = expect.stringMatching(/^req_/);
    expect(log.slice(1)).toEqual([
      {
        ...{ id: "mine", method: "POST", path, status: 429, tenant: "red", seconds, ...figures },
        error: "rate_limit_exceeded",
      },
      { id, method: "POST", path, status: 401, tenant: "", seconds, ...figures, error: "invalid_api_key" },
      { id, method: "GET", path: "", status: 404, tenant: "", seconds, ...figures, error: "not_found" },
    ]);
  });
});

test.each([
  { told: "a-b_c.1:2", isKept: true },
  { told: "a b", isKept: false },
  { told: "a".repeat(129), isKept: false },
])("a request named $told keeps its name: $isKept", async ({ told, isKept }) => {
  await serving({ script }, {}, async ({ url }) => {
    const response = await fetch(`${url}/version`, { headers: { "x-request-id": told } });
    expect(await bodyOf(response)).toEqual({ version: "test" });
    expect(response.headers.get("x-request-id") === told).toBe(isKept);
  });
});

test.each([
  { method: "GET", at: path, want: [405, `${path} wants POST, not GET`] },
  { method: "POST", at: "/metrics", want: [405, "/metrics wants GET, not POST"] },
  { method: "GET", at: "/nothing?a=b", want: [404, "there is no GET /nothing"] },
])("$method $at is refused", async ({ method, at, want }) => {
  await serving({ script }, {}, async ({ url }) => {
    const response = await fetch(url + at, { method });
    expect([response.status, (await bodyOf(response)).error.message]).toEqual(want);
  });
});

test("under KServe's prefix the same is found", async () => {
  await serving({ script }, {}, async ({ post }) => {
    const response = await post(`/openai${path}`, ask);
    expect((await bodyOf(response)).choices[0]?.message.content).toBe("another secret");
  });
});

test("clients that leave before their answers leave no timers that hold up the end", async () => {
  await serving({ script, isStepped: true }, { streamIdleSeconds: 3600 }, async ({ port, engine, log }) => {
    const clients = 8;
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    const text = JSON.stringify(ask);
    const head = `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n`;
    const sockets = Array.from({ length: clients }, () => connect(port, "127.0.0.1"));
    for (const socket of sockets) socket.write(`${head}content-length: ${text.length}\r\n\r\n${text}`);
    await until(() => engine.open === clients);
    for (const socket of sockets) socket.destroy();
    await until(() => log.length === clients && engine.aborts === clients);
    // The test runner has timers of its own, which come and go. Those of an hour would stay.
    await until(() => timers() - before < clients / 2);
  });
});

test("where nothing is open, closing is at once, and a second time harmless", async () => {
  await serving({ script }, {}, async ({ server, url }) => {
    await (await fetch(`${url}/health`)).text();
    await server.close(600);
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    await server.close(600);
  });
});

test("a server that leaves is unready at once, serves on, and then takes nothing new", async () => {
  await serving({ script, isStepped: true }, { leaveSeconds: 1 }, async ({ server, post, url, engine }) => {
    const from = performance.now();
    const left = server.leave();
    const ready = await fetch(`${url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: "draining" }]);
    for (const path of ["/health/live", "/health"]) expect((await fetch(url + path)).status).toBe(200);
    const late = [post(path, ask), post(path, { ...ask, stream: true })];
    await until(() => engine.open === late.length);
    await left;
    expect(performance.now() - from).toBeGreaterThan(990);
    const closed = server.close(30);
    const refused = await post(path, ask);
    expect([refused.status, (await bodyOf(refused)).error.code]).toEqual([503, "draining"]);
    while (engine.open > 0) engine.step();
    for (const answer of await Promise.all(late)) {
      expect([answer.status, answer.headers.get("connection")]).toEqual([200, "close"]);
      expect(await answer.text()).toMatch(/"finish_reason":"stop"/);
    }
    await closed;
  });
});

test("who is refused before its body came hears of it once, and the connection ends", async () => {
  const keys = [{ name: "red", sha256: ["0".repeat(64)] }];
  await serving({ script }, { keys, receiveSeconds: 1 }, async ({ port, log }) => {
    const answer = await rawAnswer(port, wire(ask).slice(0, -5));
    expect(answer.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 401"]);
    expect(log.map(({ status, error }) => [status, error])).toEqual([[401, "invalid_api_key"]]);
  });
});

test("keys are exchanged under load: who has one is answered, who has none any more is not", async () => {
  const hash = (key: string) => createHash("sha256").update(key).digest("hex");
  const ring = (...keys: string[]) => [
    { name: "red", sha256: keys.map(hash), concurrency: 1000, requestsPerMinute: 1_000_000, priority: 0 },
  ];
  const script = () => ({ tokens: "abcdefgh" });
  await serving({ script }, { keys: ring("kept", "turn-0") }, async ({ post, server }) => {
    const ask = async (key: string) => {
      const authorization = `Bearer ${key}`;
      const response = await post("/v1/completions", { model: "tiny", prompt: "a" }, { authorization });
      await response.text();
      return response.status;
    };
    let isOver = false;
    const load = Array.from({ length: 16 }, async () => {
      const heard: number[] = [];
      while (!isOver) heard.push(await ask("kept"));
      return heard;
    });
    for (let turn = 0; turn < 20; turn += 1) {
      expect(await ask(`turn-${turn}`)).toBe(200);
      const letIn = ask(`turn-${turn}`);
      // Both hold for a while, then the old one is removed.
      server.useKeys(ring("kept", `turn-${turn}`, `turn-${turn + 1}`));
      expect([await letIn, await ask(`turn-${turn}`)]).toEqual([200, 200]);
      server.useKeys(ring("kept", `turn-${turn + 1}`));
      expect(await ask(`turn-${turn}`)).toBe(401);
    }
    isOver = true;
    const heard = (await Promise.all(load)).flat();
    expect(heard.length).toBeGreaterThan(100);
    expect(heard.filter((status) => status !== 200)).toEqual([]);
  });
});
