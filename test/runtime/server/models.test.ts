import { expect, test } from "vitest";
import { bodyOf, serving } from "../../support/runtime/served.ts";

test("adapters are told with their parent, and asked for by their names", async () => {
  const facts = { adapters: ["of-law", "of-trade"] };
  const asked: (number | undefined)[] = [];
  const script = ({ adapter }: { adapter?: number }) => {
    asked.push(adapter);
    return { tokens: "well" };
  };
  await serving({ script, facts }, { models: ["tiny", "small"] }, async ({ url }) => {
    const { data } = await bodyOf(await fetch(`${url}/v1/models`));
    expect(data.map(({ id, parent, root }: Record<string, unknown>) => [id, parent, root])).toEqual([
      ["tiny", undefined, undefined],
      ["small", undefined, undefined],
      ["of-law", "tiny", "of-law"],
      ["of-trade", "tiny", "of-trade"],
    ]);
    const headers = { "content-type": "application/json" };
    for (const model of ["small", "of-law", "of-trade", "of-war"]) {
      const chat = JSON.stringify({ model, messages: [{ role: "user", content: "Hi" }], max_tokens: 2 });
      const text = JSON.stringify({ model, prompt: "Hi", max_tokens: 2 });
      const told = [
        await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body: chat }),
        await fetch(`${url}/v1/completions`, { method: "POST", headers, body: text }),
      ];
      const wanted = model === "of-war" ? 404 : 200;
      expect(told.map(({ status }) => status)).toEqual([wanted, wanted]);
      if (wanted === 200) expect(await (told[0] as Response).json()).toMatchObject({ model });
    }
  });
  expect(asked).toEqual([0, 0, 1, 1, 2, 2]);
});

test("every name is told, and found by itself", async () => {
  const models = ["tiny", "publishers/us/models/tiny"];
  await serving({ script: () => ({ tokens: "" }) }, { models }, async ({ url }) => {
    const { data, object } = await bodyOf(await fetch(`${url}/v1/models`));
    expect([object, data.map(({ id }) => id)]).toEqual(["list", models]);
    const told = { object: "model", created: expect.any(Number), owned_by: "plinth", max_model_len: 4096 };
    expect(data[0]).toEqual({ id: "tiny", ...told });
    for (const id of models) {
      expect(await bodyOf(await fetch(`${url}/v1/models/${id}`))).toEqual({ id, ...told });
      expect(await bodyOf(await fetch(`${url}/openai/v1/models/${id}`))).toEqual({ id, ...told });
    }
    const other = await fetch(`${url}/v1/models/other`);
    expect(other.status).toBe(404);
    expect((await bodyOf(other)).error).toMatchObject({ code: "model_not_found", param: "model" });
  });
});
