/** Where one installation of the embedded cluster keeps its state, and how that is read back safely. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { optionalControllers } from "../../components/catalogue/controllers.ts";

const port = z.int().min(1024).max(65535);

/** Ports of a controller on the host node. */
const controllerPorts = z.strictObject({ health: port, metrics: port, webhook: port });
export type ControllerPorts = Readonly<z.output<typeof controllerPorts>>;

/** What is decided once per installation and must survive restarts. */
const installationRecord = z.strictObject({
  /** Layout version of the state directory; another number is refused, never migrated silently. */
  layout: z.literal(1),
  createdAt: z.iso.datetime(),
  ports: z.strictObject({
    etcdClient: port,
    etcdPeer: port,
    apiServer: port,
    controllerManager: port,
    scheduler: port,
    kueueHealth: port,
    kueueMetrics: port,
    kueueWebhook: port,
  }),
  /** Controllers that stacks of this installation asked for; an installation keeps what it once had. */
  controllers: z.partialRecord(z.enum(optionalControllers), controllerPorts).default({}),
});
export type InstallationRecord = z.output<typeof installationRecord>;
export type PortName = keyof InstallationRecord["ports"];

/** The state directory is unusable; the message says what is wrong and what to do. */
export class StateDirectoryError extends Error {
  override name = "StateDirectoryError";
}

export class StateDirectory {
  readonly root: string;

  /** `root` defaults to $XDG_STATE_HOME/plinth (~/.local/state/plinth); $PLINTH_STATE_DIR overrides both. */
  constructor(root: string = defaultRoot()) {
    this.root = root;
  }

  path(...segments: string[]): string {
    return join(this.root, ...segments);
  }

  /** Makes a directory that only its owner can read. */
  directory(...segments: string[]): string {
    const path = this.path(...segments);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  }

  get kubeconfig(): string {
    return this.path("kubeconfig");
  }

  get controlSocket(): string {
    return this.path("control.sock");
  }

  get recordFile(): string {
    return this.path("installation.json");
  }

  /** The record of this installation, or undefined if none was made here yet. */
  readRecord(): InstallationRecord | undefined {
    let text: string;
    try {
      text = readFileSync(this.recordFile, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    const parsed = installationRecord.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    throw new StateDirectoryError(
      `${this.recordFile} is damaged (${z.prettifyError(parsed.error).split("\n")[0]}). ` +
        "Nothing was changed. Restore the file, or give the cluster up with `npm run cluster -- reset`.",
    );
  }

  writeRecord(record: InstallationRecord): void {
    this.directory();
    writeFileAtomically(this.recordFile, `${JSON.stringify(record, null, 2)}\n`);
  }
}

/** What all installations of this user share and can do without: $XDG_CACHE_HOME/plinth (~/.cache/plinth). */
export function cacheDirectory(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "plinth");
}

/** Replaces a private file in one step, so that a reader or a crash never meets half of it. */
export function writeFileAtomically(path: string, content: string | Uint8Array, mode = 0o600): void {
  const partial = `${path}.${process.pid}.partial`;
  writeFileSync(partial, content, { mode });
  renameSync(partial, path);
}

function defaultRoot(): string {
  const explicit = process.env.PLINTH_STATE_DIR;
  if (explicit) return explicit;
  return join(process.env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "plinth");
}

/** The value of a JSON text, or undefined of one that is cut off or damaged. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
