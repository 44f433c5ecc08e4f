/** What the engine really sent to the API server, as the audit log tells: every write that was no dry run. */
import { existsSync, readFileSync, statSync } from "node:fs";
import type { StateDirectory } from "../../embedded/cluster/state-directory.ts";

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly objectRef?: { resource: string; apiGroup?: string; namespace?: string; name?: string };
}

const reads = new Set(["get", "list", "watch"]);

/** Starts to watch; the returned function gives one line per object written since then, in order of name. */
export function recordEngineWrites(state: StateDirectory): () => string[] {
  const log = state.path("logs", "audit.log");
  const start = existsSync(log) ? statSync(log).size : 0;
  return () => {
    const lines = readFileSync(log)
      .subarray(start)
      .toString()
      .split("\n")
      .filter((line) => line !== "")
      .map((line): AuditEvent => JSON.parse(line))
      .filter(({ userAgent, verb }) => userAgent?.startsWith("pulumi-kubernetes/") && !reads.has(verb))
      .filter(({ requestURI }) => !new URL(requestURI, "https://server").searchParams.has("dryRun"))
      .map(writeLine);
    // The provider sends an update twice.
    return [...new Set(lines)].sort();
  };
}

function writeLine({ verb, objectRef }: AuditEvent): string {
  const { resource, apiGroup, namespace = "", name } = objectRef ?? {};
  return `${verb} ${apiGroup ? `${resource}.${apiGroup}` : resource} ${namespace}/${name}`;
}
