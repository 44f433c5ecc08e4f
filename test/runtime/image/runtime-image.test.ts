import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { buildNative } from "../../../runtime/device/native-build.ts";
import { writeRuntimeImage } from "../../../runtime/image/runtime-image.ts";
import { tinyModelDirectory } from "../../../runtime/tiny/tiny-directory.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

/** As a container would be: its own mounts and processes, a root that is read only, and no rights. */
const script = `
mount --bind "$1" "$1" && mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc" &&
mount -o remount,bind,ro "$1" && shift && exec chroot --userspec="$USER_IDS" "$@"`;
const isRoot = process.getuid?.() === 0;
const unshare = ["--mount", "--pid", "--fork", "--kill-child", ...(isRoot ? [] : ["--map-root-user"])];
const canUnshare = spawnSync("unshare", [...unshare, "true"]).status === 0;

function unpacked(image: string): { root: string; entrypoint: string[] } {
  const root = join(temporaryDirectory(), "root");
  mkdirSync(root);
  const blob = (digest: string) => join(image, "blobs", "sha256", digest.slice("sha256:".length));
  const json = (file: string) => JSON.parse(readFileSync(file, "utf8"));
  const [described] = json(join(image, "index.json")).manifests;
  const manifest = json(blob(described.digest));
  for (const { digest } of manifest.layers) {
    expect(spawnSync("tar", ["-xzf", blob(digest), "-C", root]).status).toBe(0);
  }
  return { root, entrypoint: json(blob(manifest.config.digest)).config.Entrypoint };
}

/** Ends the first process of the namespace, and so all of it: as nobody it does not hear of unshare's end. */
function endInside(unsharePid: number): void {
  const children = readFileSync(`/proc/${unsharePid}/task/${unsharePid}/children`, "utf8");
  for (const child of children.split(" ").filter(Boolean)) process.kill(Number(child), "SIGKILL");
}

test.runIf(canUnshare)(
  "what is in the image answers by itself, as nobody, on a root that is read only",
  async () => {
    const directory = join(temporaryDirectory(), "image");
    const model = await tinyModelDirectory();
    await writeRuntimeImage({ directory, tag: "1", addon: await buildNative(), model });
    const { root, entrypoint } = unpacked(directory);
    const command = [root, root, ...entrypoint, "--port", "0", "--name", "tiny"];
    const env = { PATH: process.env.PATH ?? "", USER_IDS: isRoot ? "65532:65532" : "0:0" };
    const child = spawn("unshare", [...unshare, "sh", "-ec", script, "sh", ...command], { env });
    let errors = "";
    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    let hasEnded = false;
    const exited = new Promise<void>((resolve) => {
      child.once("exit", () => {
        hasEnded = true;
        resolve();
      });
    });
    try {
      while (!errors.includes("/v1 (OpenAI)") && !hasEnded) await sleep(50);
      expect(errors).toContain("Ready at");
      const [, address] = /Ready at (http:\/\/[^/]+)\//.exec(errors) ?? [];
      const response = await fetch(`${address}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          model: "tiny",
          messages: [{ role: "user", content: "What is MIG?" }],
          temperature: 0,
        }),
      });
      const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
      expect(choices[0]?.message.content).toMatch(/GPU/);
    } finally {
      if (!hasEnded && child.pid !== undefined) endInside(child.pid);
      await exited;
    }
  },
);
