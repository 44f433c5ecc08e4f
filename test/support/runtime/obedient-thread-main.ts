/** A thread that does what it is told: answers, waits, fails, or leaves. */
import { parentPort, threadId, workerData } from "node:worker_threads";

export type Order =
  | { readonly type: "say"; readonly word: string }
  /** Answers once the first number is no longer 0; the second is 1 once it began, and 2 once it answered. */
  | { readonly type: "wait"; readonly flags: Int32Array }
  | { readonly type: "fail" | "exit" };

export interface Obeyed {
  readonly said: string;
  readonly thread: number;
}

parentPort?.on("message", (order: Order) => {
  if (order.type === "fail") throw new TypeError("told to fail");
  if (order.type === "exit") process.exit(3);
  if (order.type === "wait") {
    Atomics.store(order.flags, 1, 1);
    Atomics.wait(order.flags, 0, 0);
  }
  const said = `${workerData} ${order.type === "say" ? order.word : "waited"}`;
  parentPort?.postMessage({ said, thread: threadId } satisfies Obeyed);
  if (order.type !== "wait") return;
  Atomics.store(order.flags, 1, 2);
  Atomics.notify(order.flags, 1);
});
