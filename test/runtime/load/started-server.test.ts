import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startServer } from "../../../runtime/load/started-server.ts";
import { madeUpModel } from "../../support/runtime/made-up-weights.ts";
import { llamaShape } from "../../support/runtime/shapes.ts";

function servedModel(): string {
  const { directory } = madeUpModel({ ...llamaShape, vocab_size: 1024 });
  const files = join(import.meta.dirname, "../../support/runtime/tokenizers/qwen");
  for (const name of ["tokenizer.json", "tokenizer_config.json"])
    cpSync(join(files, name), join(directory, name));
  return directory;
}

test("a server of its own serves a model, and ends when it is stopped", async () => {
  const directory = servedModel();
  const server = await startServer(["--model", directory], 60);
  expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
  await server.stop();
  await server.stop();
  await expect(fetch(`${server.url}/health/live`)).rejects.toThrow();
});

test("one that cannot begin is told with what it said", async () => {
  const failed = startServer(["--model", "/nowhere"], 60);
  await expect(failed).rejects.toThrow(
    /^the server ended before it was ready:\n.*config\.json: is not there/s,
  );
});

test.each(["SIGTERM", "SIGKILL"] as const)("it ends with whoever started it: %s", async (signal) => {
  const module = join(import.meta.dirname, "../../../runtime/load/started-server.ts");
  const script = `import { startServer } from ${JSON.stringify(module)};
    process.stdout.write((await startServer(["--model", ${JSON.stringify(servedModel())}], 60)).url);`;
  const starter = spawn(process.execPath, ["--input-type=module", "-e", script]);
  const [url] = await once(starter.stdout, "data");
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  starter.kill(signal);
  const isServed = () =>
    fetch(`${url}/health/live`).then(
      () => true,
      () => false,
    );
  // The time limit of the test is the only one.
  while (await isServed()) await sleep(20);
});

test("one that is not ready in time is not waited for", async () => {
  await expect(startServer(["--model", servedModel()], 0.01)).rejects.toThrow(/not ready after 0.01 seconds/);
});
