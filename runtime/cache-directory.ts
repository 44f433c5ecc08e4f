/** Where the runtime keeps what it can make again: its addon and the tiny model. */
import { homedir } from "node:os";
import { join } from "node:path";

/** plinth/runtime in the user's cache directory: $XDG_CACHE_HOME, or ~/.cache. */
export function cacheDirectory(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "plinth", "runtime");
}
