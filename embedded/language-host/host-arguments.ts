/** The command line with which the engine starts a language host. */
import { parseArgs } from "node:util";

/** What the engine tells this host about itself. */
export interface EngineConnection {
  /** Address of the engine's own service. */
  readonly engineAddress: string;
  /** Where to send traces. Default: nowhere. */
  readonly tracingEndpoint: string | undefined;
}

/** Flags come first and the address last; flags that only set the detail of logs change nothing here. */
export function parseHostArguments(args: readonly string[]): EngineConnection {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { tracing: { type: "string" } },
    strict: false,
    allowPositionals: true,
  });
  const { tracing } = values;
  return {
    engineAddress: positionals.at(-1) ?? "",
    tracingEndpoint: typeof tracing === "string" ? tracing : undefined,
  };
}
