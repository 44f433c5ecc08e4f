/** What can stop the toolchain, each with a code to act on and one sentence that says what to do. */

export type ToolchainErrorCode =
  /** No `go` on PATH, or one that cannot say its version. */
  | "go-missing"
  /** Go is older than the pinned modules need. */
  | "go-too-old"
  /** Too little free space before the build, or none left during it. */
  | "disk-full"
  /** A module could not be downloaded. */
  | "network"
  /** The kernel killed the compiler, nearly always for lack of memory. */
  | "memory"
  /** Anything else that `go` refuses; the message carries the end of its output. */
  | "compile"
  /** Another run held the toolchain for longer than a build can take, or took it over. */
  | "locked"
  /** A signal asked this run to stop. */
  | "interrupted";

export class ToolchainError extends Error {
  override readonly name = "ToolchainError";
  readonly code: ToolchainErrorCode;

  constructor(code: ToolchainErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
