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
  /** The requests' first step does not end before so many messages have come. */
  readonly awaits?: number;
}

const settings = JSON.parse(process.argv[2] ?? "{}") as FakeSettings;
if (settings.obstacle && existsSync(settings.obstacle)) process.exit(3);
let come = 0;
class PatientDevice extends FakeDevice {
  override finish(milliseconds: number): boolean {
    // Its first step is the one that shows, before any request, that it answers.
    const isAwaited = this.steps.length > 0 && come < (settings.awaits ?? 0);
    return isAwaited ? false : super.finish(milliseconds);
  }
}
const device = new PatientDevice();
device.failsAt = settings.failsAt ?? Number.POSITIVE_INFINITY;
const rules = { waiting: 2, spareFraction: 0, preemptions: 10 };
const server = new EngineServer({ device, ...rules }, (message) => process.send?.(message));
const stillness = new Int32Array(new SharedArrayBuffer(4));
process.on("message", (message: ToEngine) => {
  come += 1;
  const isNumbing = message.type === "submit" && message.request.prompt.includes(settings.numbing ?? -1);
  while (isNumbing) Atomics.wait(stillness, 0, 0, 1000);
  const isDeadly = message.type === "submit" && message.request.prompt.includes(settings.deadly ?? -1);
  if (isDeadly) process.kill(process.pid, "SIGSEGV");
  void server.take(message);
});
process.once("disconnect", () => process.exit(0));
if (!settings.isMute) server.start().catch(() => process.exit(1));
