/** Settings of GPUs, told to a server whose model the processor computes. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tinyModelDirectory } from "../../runtime/tiny/tiny-directory.ts";
import { ServedRuntime } from "../support/runtime/served-runtime.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

test.each([
  {
    case: "several GPUs",
    engine: { tensorParallel: 2 },
    want: /^engine\.tensorParallel: 2 GPUs are asked for, and the processor computes$/m,
  },
  {
    case: "a KV cache of fp8",
    engine: { kvCacheType: "fp8" },
    want: /^engine\.kvCacheType: the processor has no KV cache of fp8$/m,
  },
])("$case: refused by name", async ({ engine, want }) => {
  const model = await tinyModelDirectory();
  const settings = join(temporaryDirectory(), "runtime.json");
  writeFileSync(settings, JSON.stringify({ engine: { model, device: "cpu", ...engine } }));
  const { exited, errors } = await ServedRuntime.run("serve", "--settings", settings, "--port", "0");
  expect(await exited).toBe(2);
  expect(errors).toMatch(want);
});
