/** Entry of a thread that reads long texts: loads a model's text, and answers one task after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { type TextTask, textResult } from "./server/text-task.ts";
import { textModel } from "./text-model.ts";

const text = textModel(String(workerData));

parentPort?.on("message", (task: TextTask) => {
  const result = textResult(text, task);
  const buffers = result.type === "tokens" ? result.tokens.map(({ buffer }) => buffer as ArrayBuffer) : [];
  parentPort?.postMessage(result, buffers);
});
