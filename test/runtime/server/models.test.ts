import { expect, test } from "vitest";
import { bodyOf, serving } from "../../support/runtime/served.ts";

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
