/** The engine's own process with a device that computes nothing; its settings say how it fails. */
import { existsSync } from "node:fs";
import { EngineServer } from "../../../runtime/engine/engine-server.ts";
import type { ToEngine } from "../../../runtime/engine/messages.ts";
import { FakeDevice } from "./fake-device.ts";

interface FakeSettings {
  /** The device throws in this step. */
  readonly failsAt?: number;
  /** The process ends by itself when it gets this token in a prompt. */
  readonly deadly?: number;
  /** It stands still for ever when it gets this token in a prompt. */
  readonly numbing?: number;
  /** It cannot start while this file is there. */
  readonly obstacle?: string;
  /** It never says that it is ready. */
  readonly isMute?: boolean;
}

const settings = JSON.parse(process.argv[2] ?? "{}") as FakeSettings;
if (settings.obstacle && existsSync(settings.obstacle)) process.exit(3);
const device = new FakeDevice();
device.failsAt = settings.failsAt ?? Number.POSITIVE_INFINITY;
const rules = { waiting: 2, spareFraction: 0, preemptions: 10 };
const server = new EngineServer({ device, ...rules }, (message) => process.send?.(message));
const stillness = new Int32Array(new SharedArrayBuffer(4));
process.on("message", (message: ToEngine) => {
  const isNumbing = message.type === "submit" && message.request.prompt.includes(settings.numbing ?? -1);
  while (isNumbing) Atomics.wait(stillness, 0, 0, 1000);
  const isDeadly = message.type === "submit" && message.request.prompt.includes(settings.deadly ?? -1);
  if (isDeadly) process.kill(process.pid, "SIGSEGV");
  void server.take(message);
});
process.once("disconnect", () => process.exit(0));
if (!settings.isMute) server.start().catch(() => process.exit(1));
