/** An engine that does nothing else while its device computes. */
import type { EngineCore } from "../../../runtime/engine/engine-core.ts";

/** Begins a step, awaits it and tells what it brought; false if nothing can be computed as things are. */
export function wholeStep(core: EngineCore): boolean {
  const hasMore = core.start();
  core.finish(Number.POSITIVE_INFINITY);
  core.tell();
  return hasMore;
}
