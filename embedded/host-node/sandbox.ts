/**
 * Runs a program in a file system of its own: only its image's files, its volumes and a few files of /etc.
 * It needs unprivileged user namespaces and util-linux, and neither root nor a container engine.
 */
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";

export interface Mount {
  readonly source: string;
  /** Absolute path inside the sandbox. */
  readonly target: string;
  readonly readOnly: boolean;
  readonly isFile: boolean;
}

export interface SandboxRequest {
  /** An empty directory that becomes the program's root. */
  readonly rootDirectory: string;
  readonly scriptFile: string;
  readonly mounts: readonly Mount[];
  readonly readOnlyRoot: boolean;
  readonly command: readonly string[];
}

/** Files that name resolution, TLS and user look-ups read; missing ones are left out. */
const etcFiles = ["/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/ssl", "/etc/localtime"];
const devices = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/** The command that enters the sandbox and becomes the program, so that its pid is the program's. */
export function sandboxCommand(request: SandboxRequest): { command: string; args: string[] } {
  writeFileSync(request.scriptFile, sandboxScript(request), { mode: 0o600 });
  return {
    command: "unshare",
    args: ["--user", "--map-root-user", "--mount", "--propagation", "private", "sh", request.scriptFile],
  };
}

export function sandboxScript(request: SandboxRequest): string {
  const inside = (path: string) => quote(`${request.rootDirectory}${path}`);
  const system = [...etcFiles, ...devices]
    .filter((path) => existsSync(path))
    .map((path) => ({ source: path, target: path, readOnly: false, isFile: path !== "/etc/ssl" }));
  // Parents before children, whatever order the pod names its volumes in.
  const mounts = [...system, ...request.mounts].sort((a, b) => depth(a.target) - depth(b.target));
  return [
    "set -eu",
    `mount -t tmpfs -o mode=0755 tmpfs ${inside("")}`,
    `mkdir -p ${inside("/proc")} ${inside("/tmp")} ${inside("/dev")}`,
    `chmod 1777 ${inside("/tmp")}`,
    `mount --rbind /proc ${inside("/proc")}`,
    ...mounts.flatMap((mount) => [
      mount.isFile
        ? `mkdir -p ${inside(parent(mount.target))} && touch ${inside(mount.target)}`
        : `mkdir -p ${inside(mount.target)}`,
      `mount --bind ${quote(mount.source)} ${inside(mount.target)}`,
      ...(mount.readOnly ? [`mount -o remount,bind,ro ${inside(mount.target)}`] : []),
    ]),
    ...(request.readOnlyRoot ? [`mount -o remount,bind,ro ${inside("")}`] : []),
    `exec chroot ${inside("")} ${request.command.map(quote).join(" ")}`,
    "",
  ].join("\n");
}

/** Why no sandbox can be made on this machine, and what to do about it; undefined when one can. */
export function sandboxObstacle(): string | undefined {
  const trial = spawnSync(
    "unshare",
    ["--user", "--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs tmpfs /mnt"],
    {
      encoding: "utf8",
    },
  );
  if (trial.status === 0) return undefined;
  const reason = trial.error ? "the program `unshare` (util-linux) is missing" : trial.stderr.trim();
  return (
    `Controllers cannot run on this machine: it forbids unprivileged user namespaces (${reason}). ` +
    "Allow them (sysctl kernel.unprivileged_userns_clone=1, or " +
    "kernel.apparmor_restrict_unprivileged_userns=0 on Ubuntu 24.04 and later) or run as root."
  );
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function depth(path: string): number {
  return path.split("/").length;
}
