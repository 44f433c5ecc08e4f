import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { serving, until } from "../../support/runtime/served.ts";

interface Sent {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
}

/** Takes traces as a collector does. */
async function collector() {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    bodies.push(`${request.url} ${Buffer.concat(parts).toString("utf8")}`);
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const spans = (): Sent[] =>
    bodies.flatMap((body) => {
      const { resourceSpans } = JSON.parse(body.slice(body.indexOf(" ")));
      return resourceSpans.flatMap((each: { scopeSpans: { spans: Sent[] }[] }) =>
        each.scopeSpans.flatMap(({ spans: sent }) => sent),
      );
    });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, spans };
}

const ask = { model: "tiny", messages: [{ role: "user", content: "a secret" }] };
const path = "/v1/chat/completions";
const traceId = "0af7651916cd43dd8448eb211c80319c";

test("a request is one span of its caller's trace, with its phases and without a word of it", async () => {
  const { endpoint, bodies, spans } = await collector();
  const script = () => ({ tokens: "another secret" });
  await serving({ script }, { tracesEndpoint: endpoint }, async ({ post }) => {
    await (await post(path, ask, { traceparent: `00-${traceId}-b7ad6b7169203331-01` })).text();
    await (await post(path, { ...ask, n: 99 }, { traceparent: `00-${traceId}-b7ad6b7169203331-00` })).text();
    await (await post(path, { ...ask, n: 99 })).text();
  });
  expect(bodies.every((body) => body.startsWith("/v1/traces "))).toBe(true);
  expect(bodies.join("")).not.toContain("secret");
  const [whole, failed] = spans().filter(({ name }) => name === "chat tiny");
  expect([whole?.traceId, whole?.parentSpanId]).toEqual([traceId, "b7ad6b7169203331"]);
  expect(Object.fromEntries(whole?.attributes.map(({ key, value }) => [key, value]) ?? [])).toMatchObject({
    "gen_ai.operation.name": { stringValue: "chat" },
    "gen_ai.usage.input_tokens": { intValue: 26 },
    "gen_ai.usage.output_tokens": { intValue: 14 },
    "gen_ai.response.finish_reasons": { arrayValue: { values: [{ stringValue: "stop" }] } },
    "gen_ai.response.time_to_first_token": { doubleValue: expect.any(Number) },
    "http.response.status_code": { intValue: 200 },
  });
  const children = spans().filter(({ parentSpanId }) => parentSpanId === whole?.spanId);
  expect(children.map(({ name }) => name)).toEqual(["prepare", "queue", "prefill", "decode"]);
  const ends = children.map(({ endTimeUnixNano }) => endTimeUnixNano);
  const begins = children.map(({ startTimeUnixNano }) => startTimeUnixNano);
  expect([whole?.startTimeUnixNano, ...ends]).toEqual([...begins, whole?.endTimeUnixNano]);
  // Whoever says that its trace is not kept is obeyed: of the two that failed one is told.
  expect(failed?.traceId).not.toBe(traceId);
  expect(failed?.attributes).toContainEqual({ key: "error.type", value: { stringValue: "invalid_value" } });
  expect(spans()).toHaveLength(6);
});

test("a collector that is not there costs nobody an answer", async () => {
  const script = () => ({ tokens: "a" });
  await serving({ script }, { tracesEndpoint: "http://127.0.0.1:1" }, async ({ post }) => {
    expect((await post(path, ask)).status).toBe(200);
  });
});

test("an adapter is told by its name, in the log as well, and embeddings have their phases", async () => {
  const { endpoint, spans } = await collector();
  const options = { script: () => ({ tokens: "a" }), facts: { adapters: ["law"] } };
  await serving(options, { tracesEndpoint: endpoint }, async ({ post, log }) => {
    await (await post(path, { ...ask, model: "law" })).text();
    await (await post("/v1/embeddings", { model: "law", input: "a" })).text();
    await (await post("/v1/embeddings", { model: "war", input: "a" })).text();
    await until(() => log.length === 3);
    expect(log.map(({ model }) => model)).toEqual(["law", "law", undefined]);
  });
  const told = (name: string) => {
    const span = spans().find((one) => one.name === name);
    const model = span?.attributes.find(({ key }) => key === "gen_ai.request.model")?.value;
    const phases = spans().filter(({ parentSpanId }) => parentSpanId === span?.spanId);
    return [model, phases.map((phase) => phase.name)];
  };
  const law = { stringValue: "law" };
  expect(told("chat law")).toEqual([law, ["prepare", "queue", "prefill", "decode"]]);
  expect(told("embeddings law")).toEqual([law, ["prepare", "queue", "prefill"]]);
  expect(told("embeddings tiny")).toEqual([{ stringValue: "tiny" }, []]);
});
