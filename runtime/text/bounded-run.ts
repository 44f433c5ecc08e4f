/**
 * Runs what somebody else wrote for a limited time. JavaScript cannot be interrupted from JavaScript; the
 * virtual machine's own watchdog interrupts whatever was called from a script of it.
 */
import { createContext, Script } from "node:vm";

const seat: { run?: () => void } = {};
const context = createContext(seat);
const call = new Script("run()");
const timeUp = "ERR_SCRIPT_EXECUTION_TIMEOUT";

/** So often is begun anew what others on the machine held up. */
const tries = 10;

/**
 * Undefined if the time was up; what the function throws is thrown. Time is what the thread computes: on a
 * machine that is too busy to compute, the function is run again, with what is left.
 */
export function withinTime<Result>(milliseconds: number, run: () => Result): { value: Result } | undefined {
  const begun = computedMilliseconds();
  for (let left = milliseconds, count = 0; left >= 1 && count < tries; count += 1) {
    const result = runOnce(Math.floor(left), run);
    if (result) return result;
    left = milliseconds - (computedMilliseconds() - begun);
  }
  return undefined;
}

function computedMilliseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function runOnce<Result>(milliseconds: number, run: () => Result): { value: Result } | undefined {
  let result: { value: Result } | undefined;
  seat.run = () => {
    result = { value: run() };
  };
  try {
    call.runInContext(context, { timeout: milliseconds });
    return result;
  } catch (error) {
    // An error of another context is no instance of this one's classes.
    const isLate = typeof error === "object" && error !== null && "code" in error && error.code === timeUp;
    if (isLate) return undefined;
    throw error;
  } finally {
    delete seat.run;
  }
}
