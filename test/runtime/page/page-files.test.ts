import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pageFiles } from "../../../runtime/page/page-files.ts";
import { Browser, installedBrowser, type Page } from "../../support/runtime/browser.ts";
import { type Script, scriptedServer } from "../../support/runtime/scripted-server.ts";

describe("the files", () => {
  const files = pageFiles();
  const texts = [...files].map(([path, { body }]) => [path, body.toString("utf8")] as const);

  test("each has its type", () => {
    expect([...files].map(([path, { type }]) => `${path} ${type}`)).toEqual([
      "/ text/html; charset=utf-8",
      "/page/page.css text/css; charset=utf-8",
      "/page/page.js text/javascript; charset=utf-8",
      "/page/chat-request.js text/javascript; charset=utf-8",
      "/page/event-stream.js text/javascript; charset=utf-8",
      "/page/figures.js text/javascript; charset=utf-8",
      "/page/icon.svg image/svg+xml",
    ]);
  });

  test("whatever they ask for is among them", () => {
    const wanted = texts.flatMap(([, text]) =>
      [...text.matchAll(/(?:src|href)="(\/[^"]*)"|from "\.(\/[^"]+)"/g)].map(
        ([, path, sibling]) => path ?? `/page${sibling}`,
      ),
    );
    expect(wanted.length).toBeGreaterThan(5);
    expect(wanted.filter((path) => !files.has(path))).toEqual([]);
  });

  test("nothing comes from elsewhere, and nothing stands inline", () => {
    for (const [path, text] of texts) {
      expect(text.replaceAll("http://www.w3.org/2000/svg", ""), path).not.toMatch(
        /https?:|\/\/cdn|url\(|@import/,
      );
      if (path === "/") expect(text).not.toMatch(/<style|style=|<script(?![^>]*src=)|\son[a-z]+=/);
    }
  });
});

const program = installedBrowser();
const reason = "no Chromium on this machine";

describe.skipIf(program === undefined)(`in a browser (skipped if: ${reason})`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await Browser.start(program as string);
  });
  afterAll(() => browser.close());

  const words = (text: string) => text.match(/\S+\s*/g) ?? [];

  async function open(script: Partial<Script> = {}) {
    const server = await scriptedServer({ answer: (question) => words(`You said: ${question}`), ...script });
    const page = await browser.open(server.url);
    return { server, page };
  }

  async function ask(page: Page, question: string): Promise<void> {
    await page.evaluate("document.querySelector('#question').focus()");
    await page.type(question);
    await page.press("Enter");
  }

  const answered = (count: number) =>
    `document.querySelectorAll('.message.assistant .note').length === ${count}`;

  test("a question is answered piece by piece, and the next one tells what was said before", async () => {
    const { server, page } = await open();
    await ask(page, "Hello <b>you</b>");
    await page.until(answered(1));
    expect(await page.text(".message.user .text")).toBe("Hello <b>you</b>");
    expect(await page.text(".message.assistant .text")).toBe("You said: Hello <b>you</b>");
    expect(await page.text(".message.assistant .note")).toMatch(/^4 tokens · first after [\d.]+ m?s/);
    await ask(page, "Again");
    await page.until(answered(2));
    expect(server.chats.map(({ messages }) => messages.map(({ content }) => content))).toEqual([
      ["Hello <b>you</b>"],
      ["Hello <b>you</b>", "You said: Hello <b>you</b>", "Again"],
    ]);
    expect(server.chats[0]).toMatchObject({
      model: "plinth-tiny",
      temperature: 0,
      max_completion_tokens: 128,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(page.complaints).toEqual([]);
  });

  // Text that is folded is no text of the page.
  const thinking = "document.querySelector('details.thought .thinking').textContent";

  test("what a model thinks stands folded above its answer, and is not told to it again", async () => {
    const { server, page } = await open({ thought: ["They say ", "hello."] });
    await ask(page, "Hello");
    await page.until(answered(1));
    expect(await page.evaluate(thinking)).toBe("They say hello.");
    expect(await page.text(".message.assistant .text")).toBe("You said: Hello");
    const order = "[...document.querySelector('.message.assistant').children].map((each) => each.className)";
    expect(await page.evaluate(`${order}.join(" ")`)).toBe(" thought text note");
    expect(await page.evaluate("document.querySelector('.thought').open")).toBe(false);
    expect(await page.text(".message.assistant .note")).toMatch(/^5 tokens · first after/);
    await ask(page, "Again");
    await page.until(answered(2));
    const said = server.chats[1]?.messages.map(({ content }) => content);
    expect(said).toEqual(["Hello", "You said: Hello", "Again"]);
  });

  test.each([
    { case: "the thought", answer: [], want: /· cut off within the thought at the most tokens allowed$/ },
    { case: "the answer", answer: ["You"], want: /· cut off at the most tokens allowed$/ },
  ])("it is said that $case was cut off", async ({ answer, want }) => {
    const { page } = await open({ thought: ["They say "], answer: () => answer, finish: "length" });
    await ask(page, "Hello");
    await page.until(answered(1));
    expect(await page.text(".message.assistant .note")).toMatch(want);
    expect(await page.evaluate(thinking)).toBe("They say ");
  });

  test("an answer can be stopped, which the server hears, and the talk goes on", async () => {
    const answer = (question: string) => (question === "Go" ? Array(10_000).fill("on ") : ["Yes."]);
    const { server, page } = await open({ answer, pieceMilliseconds: 5 });
    await ask(page, "Go");
    await page.until("document.querySelector('.message.assistant .text')?.textContent.length > 6");
    expect(await page.evaluate("document.querySelector('.message.assistant').ariaBusy")).toBe("true");
    expect(await page.evaluate("document.querySelector('#send').hidden")).toBe(true);
    await page.click("#stop");
    await page.until(answered(1));
    expect(await page.text(".message.assistant .note")).toMatch(/stopped$/);
    await expect.poll(server.left).toBe(1);
    await ask(page, "Are you there?");
    await page.until(answered(2));
    const said = server.chats[1]?.messages.map(({ content }) => content);
    expect(said?.[0]).toBe("Go");
    expect(said?.[1]).toMatch(/^on on /);
    expect(said?.[2]).toBe("Are you there?");
  });

  test("Escape stops too, and a new conversation forgets the old one", async () => {
    const { server, page } = await open({ answer: () => Array(10_000).fill("on "), pieceMilliseconds: 5 });
    await ask(page, "Go");
    await page.until("document.querySelector('.message.assistant .text')?.textContent.length > 6");
    await page.press("Escape");
    await page.until(answered(1));
    await page.click("#clear");
    expect(await page.evaluate("document.querySelectorAll('.message').length")).toBe(0);
    expect(await page.evaluate("document.querySelector('#welcome').hidden")).toBe(false);
    await page.click("#examples button");
    await page.until("document.querySelector('.message.assistant .text')?.textContent.length > 6");
    await page.press("Escape");
    await page.until(answered(1));
    expect(server.chats[1]?.messages).toEqual([{ role: "user", content: "What is Plinth?" }]);
  });

  test("what the server refuses is told in its words, and the question is not lost", async () => {
    const refusal = { status: 503, message: "The queue is full: try again in 2 seconds." };
    const { page } = await open({ refusal });
    await ask(page, "Hello");
    await page.until("!document.querySelector('#problem').hidden");
    expect(await page.text("#problem")).toBe(refusal.message);
    expect(await page.evaluate("document.querySelector('#question').value")).toBe("Hello");
    expect(await page.evaluate("document.querySelector('#send').hidden")).toBe(false);
  });

  test("what no longer fits is forgotten from the oldest on, and that is said", async () => {
    const { server, page } = await open({ messagesMax: 3 });
    for (const [index, question] of ["One", "Two", "Three"].entries()) {
      await ask(page, question);
      await page.until(answered(index + 1));
    }
    expect(server.chats.map(({ messages }) => messages.map(({ content }) => content))).toEqual([
      ["One"],
      ["One", "You said: One", "Two"],
      ["One", "You said: One", "Two", "You said: Two", "Three"],
      ["Two", "You said: Two", "Three"],
    ]);
    const note = await page.text(".message:last-child .note");
    expect(note).toMatch(/ · the oldest messages no longer fit and are forgotten$/);
    expect(await page.evaluate("document.querySelector('#problem').hidden")).toBe(true);
  });

  test("a key is asked for, sent, and kept nowhere", async () => {
    const { server, page } = await open({ apiKey: "secret" });
    await page.until("document.querySelector('#server').textContent === 'needs an API key'");
    await ask(page, "Hello");
    await page.until("document.activeElement.id === 'key'");
    expect(await page.text("#problem")).toBe("Incorrect API key provided.");
    await page.type("secret");
    await page.until("document.querySelector('#server').textContent === 'plinth-tiny'");
    await page.evaluate("document.querySelector('#question').focus()");
    await page.press("Enter");
    await page.until("document.querySelector('.message.assistant .text')?.textContent === 'You said: Hello'");
    expect(server.chats).toHaveLength(1);
    const kept =
      "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])";
    expect(await page.evaluate(kept)).toBe(JSON.stringify([{}, {}, "", server.url]));
  });

  test("figures follow the server's metrics", async () => {
    const { page } = await open({ answer: () => Array(40).fill("word "), pieceMilliseconds: 50 });
    const figure = (name: string) => `[data-figure="${name}"] dd`;
    await page.until(`document.querySelector('${figure("queue")}').textContent === '0 / 2'`);
    expect(await page.text(figure("first"))).toBe("–");
    expect(await page.text(figure("cache"))).toBe("6.3 %");
    await ask(page, "Hello");
    await page.until(`document.querySelector('${figure("queue")}').textContent === '1 / 2'`);
    await page.until(`Number(document.querySelector('${figure("rate")}').textContent) > 0`);
    await page.until(`document.querySelector('${figure("first")}').textContent === '40 ms'`);
    expect(await page.evaluate("document.querySelectorAll('#figures svg').length")).toBe(3);
  });

  test.each([
    { case: "a phone", width: 360, height: 640 },
    { case: "a desk", width: 1400, height: 900 },
  ])("nothing sticks out of the window on $case", async ({ width, height }) => {
    const server = await scriptedServer({
      answer: () => [`${"long".repeat(200)} `, ...words("and more ".repeat(300))],
    });
    const page = await browser.open(server.url, { width, height });
    await page.until("document.readyState === 'complete'");
    await ask(page, "A word that does not end: ".concat("x".repeat(400)));
    await page.until(answered(1));
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
    expect(await page.evaluate("document.documentElement.scrollHeight")).toBe(height);
    const composer = "document.querySelector('#composer').getBoundingClientRect()";
    expect(await page.evaluate(`${composer}.bottom <= ${height} && ${composer}.top > 0`)).toBe(true);
  });
});
