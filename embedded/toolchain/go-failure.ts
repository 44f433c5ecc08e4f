/** Turns the output of a failed `go` command into one sentence that says what to do. */
import { ToolchainError } from "./toolchain-error.ts";

/** How much of the output a message carries. */
const shownLines = 20;

interface Cause {
  readonly pattern: RegExp;
  readonly error: (match: RegExpExecArray, work: string) => ToolchainError;
}

const unreachable = [
  "dial tcp",
  "dial udp",
  "no such host",
  "server misbehaving",
  "i/o timeout",
  "TLS handshake timeout",
  "context deadline exceeded",
  "connection refused",
  "connection reset by peer",
  "network is unreachable",
  "unexpected EOF",
].join("|");

/** The first that matches decides. */
const causes: readonly Cause[] = [
  {
    pattern: /no space left on device/,
    error: (_match, work) =>
      new ToolchainError(
        "disk-full",
        `The disk became full during ${work}: free some space, or point XDG_CACHE_HOME, GOCACHE and ` +
          "GOMODCACHE at a larger disk, and run again; finished parts are kept.",
      ),
  },
  {
    pattern: /signal: killed/,
    error: (_match, work) =>
      new ToolchainError(
        "memory",
        `The system killed the compiler during ${work}, most likely for lack of memory: ` +
          "free 4 GiB, or set GOMAXPROCS=1, and run again; finished parts are kept.",
      ),
  },
  {
    pattern: /module lookup disabled by GOPROXY=off/,
    error: (_match, work) =>
      new ToolchainError(
        "network",
        `GOPROXY is off, but ${work} must download modules: unset GOPROXY or set it to a proxy you can ` +
          "reach, and run again; finished parts are kept.",
      ),
  },
  {
    pattern: new RegExp(String.raw`([\w./~-]+)@(v[^\s:]+):?.*?((?:${unreachable}).*)`),
    error: ([, module, version, reason], work) =>
      new ToolchainError(
        "network",
        `Cannot download ${module} ${version} for ${work} (${reason?.replace(/["}\\,]+$/, "")}): ` +
          "connect to the network or set GOPROXY to a proxy you can reach, " +
          "and run again; finished parts are kept.",
      ),
  },
  {
    pattern: /([\w./~-]+)@(v[^\s:]+):?.*?reading (https?:\/\/[^/\s]+)\S*: (\d{3} [A-Za-z ]+)/,
    error: ([, module, version, proxy, status], work) =>
      new ToolchainError(
        "network",
        `Cannot download ${module} ${version} for ${work} (${proxy} answers ${status?.trim()}): ` +
          "set GOPROXY to a proxy that serves it, and run again; finished parts are kept.",
      ),
  },
];

/** The error for the output of a `go` command that failed at the named work. */
export function goFailure(output: readonly string[], work: string, log: string): ToolchainError {
  const text = output.join("\n");
  for (const { pattern, error } of causes) {
    const match = pattern.exec(text);
    if (match !== null) return error(match, work);
  }
  // Lines without a space are the packages that "go build -v" names as it goes.
  const telling = output.filter((line) => line.trim().includes(" ")).slice(-shownLines);
  return new ToolchainError(
    "compile",
    [`Go failed at ${work}; the whole output is in ${log}:`, ...telling].join("\n"),
  );
}
