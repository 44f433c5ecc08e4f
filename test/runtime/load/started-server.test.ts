import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startServer } from "../../../runtime/load/started-server.ts";
import { madeUpModel } from "../../support/runtime/made-up-weights.ts";
import { llamaShape } from "../../support/runtime/shapes.ts";

test("a server of its own serves a model, and ends when it is stopped", async () => {
  const { directory } = madeUpModel({ ...llamaShape, vocab_size: 1024 });
  const files = join(import.meta.dirname, "../../support/runtime/tokenizers/qwen");
  for (const name of ["tokenizer.json", "tokenizer_config.json"])
    cpSync(join(files, name), join(directory, name));
  const server = await startServer(["--model", directory]);
  expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
  await server.stop();
  await server.stop();
  await expect(fetch(`${server.url}/health/live`)).rejects.toThrow();
});

test("one that cannot begin is told with what it said", async () => {
  const failed = startServer(["--model", "/nowhere"]);
  await expect(failed).rejects.toThrow(
    /^the server ended before it was ready:\n.*config\.json: is not there/s,
  );
});
