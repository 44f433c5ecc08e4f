/** The script that enters a sandbox, as text and as it really runs. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  type Mount,
  sandboxCommand,
  sandboxObstacle,
  sandboxScript,
} from "../../../embedded/host-node/sandbox.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

test("mounts parents before children, makes what is asked read-only, and ends as the program itself", () => {
  const script = sandboxScript({
    rootDirectory: "/pods/u/root",
    scriptFile: "/pods/u/c.sh",
    mounts: [
      { source: "/v/data", target: "/models/data", readOnly: true, isFile: false },
      { source: "/bin/it's", target: "/manager", readOnly: true, isFile: true },
      { source: "/v/models", target: "/models", readOnly: false, isFile: false },
    ],
    readOnlyRoot: true,
    command: ["/manager", "--config=a b"],
  });
  const own = script.split("\n").filter((line) => !/\/root\/(etc|dev)\b/.test(line));
  expect(own).toEqual([
    "set -eu",
    "mount -t tmpfs -o mode=0755 tmpfs '/pods/u/root'",
    "chmod 1777 '/pods/u/root/tmp'",
    "mount --rbind /proc '/pods/u/root/proc'",
    "mkdir -p '/pods/u/root/' && touch '/pods/u/root/manager'",
    "mount --bind '/bin/it'\\''s' '/pods/u/root/manager'",
    "mount -o remount,bind,ro '/pods/u/root/manager'",
    "mkdir -p '/pods/u/root/models'",
    "mount --bind '/v/models' '/pods/u/root/models'",
    "mkdir -p '/pods/u/root/models/data'",
    "mount --bind '/v/data' '/pods/u/root/models/data'",
    "mount -o remount,bind,ro '/pods/u/root/models/data'",
    "mount -o remount,bind,ro '/pods/u/root'",
    "exec chroot '/pods/u/root' '/manager' '--config=a b'",
    "",
  ]);
});

test("a root that may be written is not remounted", () => {
  const request = { rootDirectory: "/r", scriptFile: "/s", mounts: [], readOnlyRoot: false, command: ["/x"] };
  expect(sandboxScript(request)).not.toContain("remount");
});

test("this machine can make sandboxes", () => {
  expect(sandboxObstacle()).toBeUndefined();
});

/** What a shell needs to run: the machine's own programs and libraries, read-only. */
const shell: Mount[] = ["/bin", "/usr", "/lib", "/lib64"]
  .filter((path) => existsSync(path))
  .map((path) => ({ source: path, target: path, readOnly: true, isFile: false }));

function inSandbox(script: string, readOnlyRoot = true) {
  const directory = temporaryDirectory();
  const [rootDirectory, volume] = [join(directory, "root"), join(directory, "volume")];
  for (const path of [rootDirectory, volume]) mkdirSync(path);
  writeFileSync(join(volume, "file"), "content");
  const { command, args } = sandboxCommand({
    rootDirectory,
    scriptFile: join(directory, "c.sh"),
    mounts: [...shell, { source: volume, target: "/data", readOnly: false, isFile: false }],
    readOnlyRoot,
    command: ["/bin/sh", "-c", script],
  });
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: "utf8" });
  return { stdout, stderr, status, volume, scriptFile: join(directory, "c.sh") };
}

test("a program sees its own files and none of the machine's", () => {
  const { stdout, stderr, scriptFile } = inSandbox(
    "ls /; cat /data/file; ls /root /home /etc/passwd 2>&1; true",
  );
  const lines = stdout.split("\n");
  expect(
    lines.filter((line) => /^(root|home|var|work|opt|srv)$/.test(line)),
    stderr,
  ).toEqual([]);
  expect(lines).toContain("data");
  expect(stdout).toContain("content");
  expect(stdout.match(/No such file or directory/g)).toHaveLength(3);
  expect(statSync(scriptFile).mode & 0o777).toBe(0o600);
});

test("a volume takes what the program writes, a read-only root does not", () => {
  const { status, stderr, volume } = inSandbox("echo new > /data/new && echo no > /file");
  expect(readFileSync(join(volume, "new"), "utf8")).toBe("new\n");
  expect(stderr).toContain("Read-only file system");
  expect(status).not.toBe(0);
});

test("a root that may be written belongs to the program and not to the machine", () => {
  expect(inSandbox("echo mine > /mine && cat /mine", false).stdout).toBe("mine\n");
  expect(existsSync("/mine")).toBe(false);
});

test("the exit code is the program's own", () => {
  expect(inSandbox("exit 42").status).toBe(42);
});
