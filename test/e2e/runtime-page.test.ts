/** The page of the runtime itself in a browser: a real conversation, and figures of what is really done. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tinyModelDirectory } from "../../runtime/tiny/tiny-directory.ts";
import { Browser, installedBrowser, type Page } from "../support/runtime/browser.ts";
import { ServedRuntime } from "../support/runtime/served-runtime.ts";

const program = installedBrowser();

/** Asks for long answers, one after the other, until nobody wants them any more. */
async function keepBusy(url: string, signal: AbortSignal): Promise<void> {
  const body = JSON.stringify({ model: "tiny", prompt: "Tell me all.", max_tokens: 450, ignore_eos: true });
  const headers = { "content-type": "application/json" };
  while (!signal.aborted) {
    const response = await fetch(`${url}/v1/completions`, { method: "POST", headers, body, signal });
    expect(response.status).toBe(200);
    await response.text();
  }
}

describe.skipIf(program === undefined)("in a browser (skipped if: no Chromium on this machine)", () => {
  let browser: Browser;
  let runtime: ServedRuntime;
  beforeAll(async () => {
    runtime = await ServedRuntime.serve(await tinyModelDirectory(), {
      engine: { sequences: 2, kvCacheMiB: 16 },
      server: { waitSeconds: 600 },
    });
    browser = await Browser.start(program as string);
  });
  afterAll(async () => {
    await browser?.close();
    await runtime?.stop();
  });

  const figure = (name: string) => `document.querySelector('[data-figure="${name}"] dd').textContent`;
  const untilFigure = (page: Page, name: string, pattern: RegExp) =>
    page.until(`${pattern}.test(${figure(name)})`);

  test("its model answers there, and queue, cache and latency are seen to move", async () => {
    const page = await browser.open(`${runtime.url}/`);
    await page.until("document.querySelector('#server').textContent === 'tiny'");
    await untilFigure(page, "queue", /^0 \/ 0$/);
    await page.evaluate("document.querySelector('#question').focus()");
    await page.type("What is a ClusterQueue?");
    await page.press("Enter");
    await page.until("document.querySelectorAll('.message.assistant .note').length === 1");
    expect(await page.text(".message.assistant .text")).toMatch(/queue/i);
    expect(await page.text(".message.assistant .note")).toMatch(/^\d+ tokens · first after [\d.]+ m?s/);
    await untilFigure(page, "first", /^[\d.]+ m?s$/);
    const busy = new AbortController();
    const clients = Promise.all(Array.from({ length: 6 }, () => keepBusy(runtime.url, busy.signal)));
    const seen = async () => {
      await untilFigure(page, "queue", /^2 \/ [1-9]$/);
      await untilFigure(page, "cache", /[1-9].* %$/);
      await untilFigure(page, "rate", /^[1-9]/);
    };
    // A client that is refused ends the wait.
    await Promise.race([seen(), clients]);
    busy.abort();
    await expect(clients).rejects.toThrow("aborted");
    await untilFigure(page, "queue", /^0 \/ 0$/);
    expect(page.complaints).toEqual([]);
  });
});
