import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Patience } from "../../../runtime/server/patience.ts";
import { rawAnswer } from "../../support/runtime/served.ts";
import { trickle } from "../../support/runtime/trickling-reader.ts";

const request = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
const lastRequest = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
const large = Buffer.alloc(26 * 2 ** 20, "a");

async function served(listener: RequestListener): Promise<number> {
  const server = createServer({ keepAliveTimeout: 7000 }, listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** An answer that no system keeps for its reader, and when its patience ended. */
async function largeAnswer(idleSeconds: number) {
  const ends: number[] = [];
  const answers: ServerResponse[] = [];
  const port = await served((_, response) => {
    const startedAt = performance.now();
    answers.push(response);
    new Patience(response, idleSeconds, () => {
      ends.push(performance.now() - startedAt);
      response.destroy();
    }).start();
    response.end(large);
  });
  return { port, ends, answers };
}

test("a reader that is slow but steady gets all, however long it takes", async () => {
  const { port, ends, answers } = await largeAnswer(2);
  const startedAt = performance.now();
  expect(await trickle(port, lastRequest)).toBeGreaterThan(large.length);
  expect(performance.now() - startedAt).toBeGreaterThan(3000);
  expect([ends, answers.map(({ writableFinished }) => writableFinished)]).toEqual([[], [true]]);
});

test.each([
  { case: "nothing", takenBytes: 1 },
  { case: "no more", takenBytes: 4 * 2 ** 20 },
])("a reader that takes $case is given up, and not before its time", async ({ takenBytes }) => {
  const { port, ends, answers } = await largeAnswer(0.5);
  const reader = trickle(port, lastRequest, takenBytes);
  while (ends.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(ends).toEqual([expect.any(Number)]);
  expect(ends[0]).toBeGreaterThan(490);
  expect(answers.map(({ writableFinished }) => writableFinished)).toEqual([false]);
  void reader;
});

test("an answer that waits behind another, or is long in the making, is not impatient yet", async () => {
  const ends: string[] = [];
  let asked = 0;
  const port = await served((_, response) => {
    asked += 1;
    const name = `answer ${asked}`;
    const patience = new Patience(response, 0.2, () => ends.push(name));
    // The second is whole at once and waits for the first; the third comes long after both are sent.
    if (asked === 2) patience.start();
    setTimeout(
      () => {
        patience.start();
        response.end(name);
      },
      asked === 2 ? 0 : asked * 500,
    );
  });
  const said = await rawAnswer(port, `${request}${request}${lastRequest}`);
  expect(said.match(/answer \d/g)).toEqual(["answer 1", "answer 2", "answer 3"]);
  expect(ends).toEqual([]);
});

test("once it is sent, its connection is kept as long as Node keeps any", async () => {
  let timeout: number | undefined;
  const port = await served((_, response) => {
    const { socket } = response;
    response.on("close", () => {
      timeout = socket?.timeout;
      socket?.destroy();
    });
    const patience = new Patience(response, 60, () => undefined);
    patience.start();
    patience.start();
    response.end("a");
  });
  await rawAnswer(port, request);
  expect(timeout).toBeGreaterThanOrEqual(7000);
  expect(timeout).toBeLessThan(60_000);
});
