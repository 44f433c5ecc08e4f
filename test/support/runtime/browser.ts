/** A headless Chromium of the machine, driven through its own debugging protocol. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

/** The first of the names under which a machine may have one. */
export function installedBrowser(): string | undefined {
  return ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].find(
    (name) => spawnSync("which", [name]).status === 0,
  );
}

interface Reply {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: { readonly [field: string]: unknown };
  readonly result?: { readonly [field: string]: unknown };
  readonly error?: { readonly message: string };
}

/** Started once, with a fresh page for each test. */
export class Browser {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting: Map<number, (reply: Reply) => void> = new Map();
  readonly #listeners: Set<(reply: Reply) => void> = new Set();
  #commands = 0;

  private constructor(child: ChildProcess, profile: string, socket: WebSocket) {
    this.#process = child;
    this.#profile = profile;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const reply: Reply = JSON.parse(String(data));
      this.#waiting.get(reply.id ?? 0)?.(reply);
      for (const listener of this.#listeners) listener(reply);
    });
  }

  static async start(program: string): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), "plinth-browser-"));
    const options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
    const own = ["--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"];
    const child = spawn(program, [...options, ...own], { stdio: ["ignore", "ignore", "pipe"] });
    for await (const line of createInterface({ input: child.stderr as NodeJS.ReadableStream })) {
      const [address] = /ws:\/\/\S+/.exec(line) ?? [];
      if (!address) continue;
      child.stderr?.resume();
      const socket = new WebSocket(address);
      await new Promise((resolve) => socket.addEventListener("open", resolve));
      return new Browser(child, profile, socket);
    }
    throw new Error(`${program} ended before it could be driven`);
  }

  async open(url: string, { width = 1200, height = 800, scheme = "light" } = {}): Promise<Page> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, String(sessionId));
    const size = { width, height, deviceScaleFactor: 1, mobile: width < 600 };
    await page.send("Emulation.setDeviceMetricsOverride", size);
    await page.send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: scheme }],
    });
    await page.send("Runtime.enable");
    await page.send("Log.enable");
    await page.send("Page.navigate", { url });
    // The empty page that it leaves is complete as well, and between the two there is none to ask.
    const isThere = "location.href !== 'about:blank' && document.readyState === 'complete'";
    while ((await page.evaluate(isThere).catch(() => false)) !== true) await sleep(20);
    return page;
  }

  listen(listener: (reply: Reply) => void): void {
    this.#listeners.add(listener);
  }

  async send(method: string, params: object = {}, sessionId?: string): Promise<NonNullable<Reply["result"]>> {
    this.#commands += 1;
    const id = this.#commands;
    const reply = await new Promise<Reply>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params, ...(sessionId ? { sessionId } : {}) }));
    });
    this.#waiting.delete(id);
    if (reply.error) throw new Error(`${method}: ${reply.error.message}`);
    return reply.result ?? {};
  }

  async close(): Promise<void> {
    const ended = once(this.#process, "exit");
    // Its answer may be lost with the connection.
    void this.send("Browser.close");
    await ended;
    this.#socket.close();
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

export class Page {
  readonly #browser: Browser;
  readonly #session: string;
  /** What the page or the browser complained about: errors, refused scripts, failed requests. */
  readonly complaints: string[] = [];

  constructor(browser: Browser, session: string) {
    this.#browser = browser;
    this.#session = session;
    browser.listen(({ sessionId, method, params }) => {
      if (sessionId !== session) return;
      const entry = params?.entry as { readonly level: string } | undefined;
      // Recommendations are "verbose".
      if (method === "Runtime.exceptionThrown" || (entry && entry.level !== "verbose")) {
        this.complaints.push(JSON.stringify(params));
      }
    });
  }

  send(method: string, params: object = {}): Promise<NonNullable<Reply["result"]>> {
    return this.#browser.send(method, params, this.#session);
  }

  async evaluate(expression: string): Promise<unknown> {
    const wish = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", wish);
    if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return (result as { value?: unknown }).value;
  }

  /** Asks again until the expression is true; the time limit of the test is the only one. */
  async until(expression: string): Promise<void> {
    while ((await this.evaluate(expression)) !== true) await sleep(20);
  }

  text(selector: string): Promise<unknown> {
    return this.evaluate(`document.querySelector(${JSON.stringify(selector)})?.innerText`);
  }

  click(selector: string): Promise<unknown> {
    return this.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
  }

  /** As from a keyboard, into whatever has the focus. */
  async type(text: string): Promise<void> {
    await this.send("Input.insertText", { text });
  }

  async press(key: "Enter" | "Escape" | "Tab", modifiers = 0): Promise<void> {
    const code = { Enter: 13, Escape: 27, Tab: 9 }[key];
    const common = { key, code: key, windowsVirtualKeyCode: code, modifiers };
    await this.send("Input.dispatchKeyEvent", {
      type: "keyDown",
      ...common,
      ...(key === "Enter" ? { text: "\r" } : {}),
    });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...common });
  }

  /** A PNG. */
  async screenshot(): Promise<Buffer> {
    const { data } = await this.send("Page.captureScreenshot", { format: "png" });
    return Buffer.from(String(data), "base64");
  }
}
