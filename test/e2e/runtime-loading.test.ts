/** A runtime that loads its model, as probes and early clients meet it on its own port. */
import { expect, onTestFinished, test } from "vitest";
import { tinyModelDirectory } from "../../runtime/tiny/tiny-directory.ts";
import { freePort } from "../support/free-port.ts";
import { eventually } from "../support/platform.ts";
import { ServedRuntime } from "../support/runtime/served-runtime.ts";

test("while it loads it is live alone, and once it has computed it is ready on the same port", async () => {
  const [model, port] = [await tinyModelDirectory(), await freePort()];
  const started = ServedRuntime.serve(model, {}, {}, undefined, port);
  onTestFinished(async () => void (await (await started).stop()));
  const status = (path: string) =>
    fetch(`http://127.0.0.1:${port}${path}`).then(
      (response) => response.status,
      () => 0,
    );
  await eventually(
    () => status("/health/live"),
    (live) => live === 200,
  );
  const early = await Promise.all(["/health/ready", "/health", "/v1/models"].map(status));
  expect(early).toEqual([503, 503, 503]);
  const { url, errors } = await started;
  expect(errors).toContain(`Loading the model; until it is ready ${url}/health/live alone`);
  const late = await Promise.all(["/health/live", "/health/ready", "/health", "/v1/models"].map(status));
  expect(late).toEqual([200, 200, 200, 200]);
});
