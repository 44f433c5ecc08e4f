import { expect, test } from "vitest";
import { serving } from "../../support/runtime/served.ts";

test.each([
  "/v1/chat/completions",
  "/v1/completions",
  "/v1/responses",
  "/v1/embeddings",
  "/tokenize",
  "/detokenize",
])("%s wants a body, and tells what it lacks", async (path) => {
  await serving({ script: () => ({ tokens: "" }) }, {}, async ({ post, url }) => {
    const response = await post(path, {});
    const { error } = (await response.json()) as { error: { code: string } };
    expect([response.status, error.code]).toEqual([400, "missing_required_parameter"]);
    expect((await fetch(url + path)).status).toBe(405);
  });
});
