import { expect, test } from "vitest";
import { bodyOf, eventsOf, serving } from "../../support/runtime/served.ts";

const path = "/v1/chat/completions";
const ask = { model: "tiny", messages: [{ role: "user", content: "Hi" }], stream: true };

test("an answer that fails before its first event has a status", async () => {
  await serving({ script: () => ({ tokens: "", end: "crowded-out" }) }, {}, async ({ post }) => {
    const response = await post(path, ask);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    expect((await bodyOf(response)).error.code).toBe("crowded_out");
  });
});

test("an answer that fails later ends with an error and is not called done", async () => {
  await serving({ script: () => ({ tokens: "a", end: "device-lost" }) }, {}, async ({ post }) => {
    const events = await eventsOf(await post(path, ask));
    expect(events.length).toBe(3);
    expect(JSON.parse(events[2] ?? "")).toEqual({
      error: { message: "the engine was lost", type: "server_error", param: null, code: "device_lost" },
    });
  });
});

test("what goes along with every answer goes along with events", async () => {
  await serving({ script: () => ({ tokens: "a" }) }, {}, async ({ post }) => {
    const { headers } = await post(path, ask, { "x-request-id": "mine-1" });
    const names = ["x-request-id", "cache-control", "x-accel-buffering"];
    expect(names.map((name) => headers.get(name))).toEqual(["mine-1", "no-cache", "no"]);
  });
});
