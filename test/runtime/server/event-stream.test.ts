import { EventEmitter, once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EventStream } from "../../../runtime/server/event-stream.ts";
import { trickle } from "../../support/runtime/trickling-reader.ts";

/** Takes what is written; it is behind until it is told to drain. */
class SlowResponse extends EventEmitter {
  readonly frames: string[] = [];
  isBehind = false;
  writableLength = 0;
  destroyed = false;
  writableEnded = false;
  private idle: NodeJS.Timeout | undefined;

  setTimeout(milliseconds: number): void {
    clearTimeout(this.idle);
    if (milliseconds > 0) this.idle = setTimeout(() => this.emit("timeout"), milliseconds);
  }

  write(frame: string): boolean {
    this.frames.push(frame);
    if (this.isBehind) this.writableLength += frame.length;
    return !this.isBehind;
  }

  end(): void {
    this.writableEnded = true;
  }

  destroy(): void {
    this.destroyed = true;
    clearTimeout(this.idle);
    this.emit("close");
  }
}

function opened() {
  const response = new SlowResponse();
  const heard: string[] = [];
  const stream = new EventStream(
    response as unknown as ServerResponse,
    { idleSeconds: 5, backlogBytes: 40 },
    { hold: (isHeld) => heard.push(isHeld ? "hold" : "go on"), stalled: () => heard.push("stalled") },
  );
  return { response, heard, stream };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("events are framed, with names where there are any", () => {
  const { response, stream } = opened();
  stream.send("a");
  stream.send("b", "named");
  stream.end();
  stream.send("late");
  expect(response.frames).toEqual(["data: a\n\n", "event: named\ndata: b\n\n"]);
  expect(response.writableEnded).toBe(true);
});

test("a reader that is behind is told of once, and once it caught up", () => {
  const { response, heard, stream } = opened();
  response.isBehind = true;
  stream.send("a");
  stream.send("b");
  response.isBehind = false;
  response.emit("drain");
  vi.advanceTimersByTime(60_000);
  stream.send("c");
  expect(heard).toEqual(["hold", "go on"]);
});

test("a reader that takes nothing is left", () => {
  const { response, heard, stream } = opened();
  response.isBehind = true;
  stream.send("a");
  vi.advanceTimersByTime(4_999);
  expect(response.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect([response.destroyed, heard]).toEqual([true, ["hold", "stalled"]]);
});

test("a reader that is too far behind is left at once", () => {
  const { response, heard, stream } = opened();
  response.isBehind = true;
  for (let event = 0; event < 5; event += 1) stream.send("0123456789");
  expect([response.destroyed, heard]).toEqual([true, ["hold", "stalled"]]);
  expect(response.frames.length).toBe(3);
});

test("a reader that never takes the end is left", () => {
  const { response, heard, stream } = opened();
  stream.end();
  vi.advanceTimersByTime(5_000);
  expect([response.destroyed, heard]).toEqual([true, ["stalled"]]);
});

test("a reader that is behind at the end is waited for no longer than one that stops before", () => {
  const { response, heard, stream } = opened();
  response.isBehind = true;
  stream.send("a");
  vi.advanceTimersByTime(3_000);
  stream.end();
  vi.advanceTimersByTime(2_000);
  expect([response.destroyed, heard]).toEqual([true, ["hold", "stalled"]]);
});

test("whoever closes is waited for no longer", () => {
  const { response, heard, stream } = opened();
  response.isBehind = true;
  stream.send("a");
  response.destroy();
  vi.advanceTimersByTime(60_000);
  expect(heard).toEqual(["hold"]);
});

test("a reader that trickles is waited for while anything leaves, though it catches up late", async () => {
  vi.useRealTimers();
  const heard: string[] = [];
  const frame = "a".repeat(64 * 2 ** 10);
  const frames = 400;
  // So much may wait before a reader is behind; it has caught up once all of that has left.
  const highWaterMark = 22 * 2 ** 20;
  const server = createServer({ highWaterMark }, (_, response) => {
    const limits = { idleSeconds: 2, backlogBytes: 2 * highWaterMark };
    let sent = 0;
    const send = () => {
      for (; heard.at(-1) !== "hold" && sent < frames; sent += 1) stream.send(frame);
      if (sent === frames) stream.end();
    };
    const hold = (isHeld: boolean) => {
      heard.push(isHeld ? "hold" : "go on");
      if (!isHeld) send();
    };
    const stream = new EventStream(response, limits, { hold, stalled: () => heard.push("stalled") });
    send();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const request = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
  const { port } = server.address() as AddressInfo;
  expect(await trickle(port, request)).toBeGreaterThan(frames * frame.length);
  expect(heard).toEqual(["hold", "go on"]);
  server.close();
});
