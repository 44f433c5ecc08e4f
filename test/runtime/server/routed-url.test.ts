import { expect, test } from "vitest";
import { routedUrl } from "../../../runtime/server/routed-url.ts";

const names = ["tiny", "Qwen/Qwen3-0.6B", "Qwen/Qwen3-0.6B/base", "a b/c"];

test.each([
  ["/openai/v1/models", "/v1/models"],
  ["/v1/models/Qwen/Qwen3-0.6B", "/v1/models/Qwen/Qwen3-0.6B"],
  ["/v2/models/tiny/infer", "/v2/models/tiny/infer"],
  ["/v2/models/Qwen/Qwen3-0.6B", "/v2/models/Qwen%2FQwen3-0.6B"],
  ["/v2/models/Qwen/Qwen3-0.6B/", "/v2/models/Qwen%2FQwen3-0.6B/"],
  ["/v2/models/Qwen/Qwen3-0.6B/infer?a=b/c", "/v2/models/Qwen%2FQwen3-0.6B/infer?a=b/c"],
  ["/v2/models/Qwen/Qwen3-0.6B/versions/1/infer", "/v2/models/Qwen%2FQwen3-0.6B/versions/1/infer"],
  ["/v2/models/Qwen/Qwen3-0.6B/base/ready", "/v2/models/Qwen%2FQwen3-0.6B%2Fbase/ready"],
  ["/v2/models/a%20b/c/ready", "/v2/models/a%20b%2Fc/ready"],
  ["/v2/models/Qwen/Qwen3-0.6Bx/infer", "/v2/models/Qwen/Qwen3-0.6Bx/infer"],
  ["/v2/models/tiny/infer/more", "/v2/models/tiny/infer/more"],
  ["/v2/models//infer", "/v2/models//infer"],
])("%s is %s", (url, want) => {
  expect(routedUrl(url, names)).toBe(want);
});
