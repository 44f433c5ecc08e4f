import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EventStream } from "../../../runtime/server/event-stream.ts";

/** Takes what is written; it is behind until it is told to drain. */
class SlowResponse extends EventEmitter {
  readonly frames: string[] = [];
  isBehind = false;
  writableLength = 0;
  destroyed = false;
  writableEnded = false;

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

test("whoever closes is waited for no longer", () => {
  const { response, heard, stream } = opened();
  response.isBehind = true;
  stream.send("a");
  response.emit("close");
  vi.advanceTimersByTime(60_000);
  expect(heard).toEqual(["hold"]);
});
