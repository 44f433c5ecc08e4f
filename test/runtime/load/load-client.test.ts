import { expect, test } from "vitest";
import { loadSender } from "../../../runtime/load/load-client.ts";
import type { Script } from "../../support/runtime/scripted-engine.ts";
import { serving } from "../../support/runtime/served.ts";

const asked = { prompt: [1, 2, 3], answerTokens: 4 };
const target = { model: "tiny", ignoresEnd: true, timeoutSeconds: 10 };

async function sent(script: Script, change: Partial<typeof target & { key: string }> = {}) {
  let pieces = 0;
  let answer: unknown;
  let request: unknown;
  await serving({ script: () => script }, {}, async ({ url, engine }) => {
    const send = loadSender({ ...target, url, ...change });
    answer = await send(asked, () => {
      pieces += 1;
    }).catch((error: unknown) => (error as Error).message);
    const [{ prompt, answerTokens, stopTokens } = {}] = engine.requests;
    request = { prompt: [...(prompt ?? [])], answerTokens, stops: stopTokens?.length };
  });
  return { pieces, answer, request };
}

test("an answer's pieces and tokens are counted as the server tells them", async () => {
  const { pieces, answer, request } = await sent({ tokens: "abcdef" });
  expect([pieces, answer]).toEqual([4, { promptTokens: 3, answerTokens: 4 }]);
  expect(request).toEqual({ prompt: [1, 2, 3], answerTokens: 4, stops: 0 });
});

test("where it may end, the model's own end is one", async () => {
  const { answer, request } = await sent({ tokens: "ab" }, { ignoresEnd: false });
  expect(answer).toEqual({ promptTokens: 3, answerTokens: 2 });
  expect(request).toMatchObject({ stops: 1 });
});

test("what goes wrong is told by status and code", async () => {
  expect((await sent({ tokens: "" }, { model: "other" })).answer).toBe("404 model_not_found");
});

test("so is what goes wrong in the middle", async () => {
  const { pieces, answer } = await sent({ tokens: "ab", end: "device-lost" });
  expect([pieces, answer]).toEqual([2, "device_lost"]);
});
