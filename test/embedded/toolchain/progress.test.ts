import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createProgress } from "../../../embedded/toolchain/progress.ts";

const erase = "\r\u001b[2K";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function streamThatKeeps(properties: { isTTY?: boolean; columns?: number }) {
  const written: string[] = [];
  return { ...properties, written, write: (text: string) => written.push(text) };
}

test("a terminal gets one line, redrawn each second and erased at the end", () => {
  const stream = streamThatKeeps({ isTTY: true, columns: 60 });
  const progress = createProgress(stream);
  progress.start("toolchain: etcd (1 of 7)");
  progress.update("downloading example.com/a");
  progress.update("example.com/b");
  vi.advanceTimersByTime(1000);
  vi.advanceTimersByTime(64_000);
  progress.done("toolchain: etcd (1 of 7)");
  vi.advanceTimersByTime(5000);
  expect(stream.written.slice(0, 2)).toEqual([
    `${erase}toolchain: etcd (1 of 7)  0s`,
    `${erase}toolchain: etcd (1 of 7)  1s  example.com/b`,
  ]);
  expect(stream.written.slice(-2)).toEqual([`${erase}toolchain: etcd (1 of 7)  1m05s  example.com/b`, erase]);
  expect(stream.written).toHaveLength(67);
});

test.each([
  { case: "a narrow terminal never wraps", columns: 20, want: "toolchain: kubernet" },
  {
    case: "a terminal without a size counts as wide",
    columns: 0,
    want: "toolchain: kubernetes (2 of 7)  0s",
  },
])("$case", ({ columns, want }) => {
  const stream = streamThatKeeps({ isTTY: true, columns });
  createProgress(stream).start("toolchain: kubernetes (2 of 7)");
  expect(stream.written).toEqual([erase + want]);
});

test("failed work leaves no line behind", () => {
  const stream = streamThatKeeps({ isTTY: true });
  const progress = createProgress(stream);
  progress.start("toolchain: etcd (1 of 7)");
  progress.stop();
  progress.stop();
  expect(stream.written).toEqual([`${erase}toolchain: etcd (1 of 7)  0s`, erase]);
});

test("anything else gets a line at the start and one with the seconds at the end", () => {
  const stream = streamThatKeeps({});
  const progress = createProgress(stream);
  progress.start("toolchain: etcd (1 of 7)");
  progress.update("example.com/b");
  vi.advanceTimersByTime(35_820);
  progress.done("toolchain: etcd (1 of 7)");
  progress.stop();
  expect(stream.written).toEqual([
    "toolchain: etcd (1 of 7) ...\n",
    "toolchain: etcd (1 of 7): done in 35.8 s\n",
  ]);
});
