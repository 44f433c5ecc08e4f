import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { expect, test } from "vitest";
import { type Entry, entriesOf, writeLayer } from "../../../runtime/image/layer.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

function someFiles(mode: number, time: number): string {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "b"));
  writeFileSync(join(directory, "b", `${"long-".repeat(30)}name`), "deep");
  writeFileSync(join(directory, "run"), "#!", { mode });
  chmodSync(join(directory, "run"), mode);
  symlinkSync("run", join(directory, "also"));
  utimesSync(join(directory, "run"), time, time);
  return directory;
}

async function read(tar: Buffer): Promise<{ header: Header; text: string }[]> {
  const found: { header: Header; text: string }[] = [];
  const reader = extract();
  reader.end(tar);
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    found.push({ header: entry.header, text: Buffer.concat(chunks).toString() });
  }
  return found;
}

test("the same files are the same bytes, whenever and by whomever they were written", async () => {
  const [one, other] = [someFiles(0o755, 1000), someFiles(0o700, 2000)];
  const blobs = temporaryDirectory();
  const first = await writeLayer(await entriesOf(one, "/app"), blobs);
  const second = await writeLayer(await entriesOf(other, "/app"), blobs);
  expect(second).toEqual(first);
  const changed = someFiles(0o644, 1000);
  expect((await writeLayer(await entriesOf(changed, "/app"), blobs)).digest).not.toBe(first.digest);
});

test("a layer holds what it was given, under the digests that it tells", async () => {
  const blobs = temporaryDirectory();
  const entries = new Map<string, Entry>([
    ...(await entriesOf(someFiles(0o755, 1000), "/app/deep")),
    ["/etc/passwd", { type: "text", text: "a:x:1:1\n" }],
    ["/tmp", { type: "directory", mode: 0o1777 }],
  ]);
  const { digest, contentDigest, bytes } = await writeLayer(entries, blobs);
  const stored = readFileSync(join(blobs, digest));
  const sha256 = (data: Buffer) => createHash("sha256").update(data).digest("hex");
  expect([stored.length, sha256(stored)]).toEqual([bytes, digest]);
  const content = gunzipSync(stored);
  expect(sha256(content)).toBe(contentDigest);
  const rows = (await read(content)).map(({ header, text }) => {
    const { name, type, mode, linkname } = header;
    expect([header.uid, header.gid, header.mtime?.getTime()]).toEqual([0, 0, 0]);
    return [name.replace(/\/$/, ""), type, mode?.toString(8), linkname ?? text];
  });
  expect(rows).toEqual([
    ["app", "directory", "755", ""],
    ["app/deep", "directory", "755", ""],
    ["app/deep/also", "symlink", "777", "run"],
    ["app/deep/b", "directory", "755", ""],
    [`app/deep/b/${"long-".repeat(30)}name`, "file", "644", "deep"],
    ["app/deep/run", "file", "755", "#!"],
    ["etc", "directory", "755", ""],
    ["etc/passwd", "file", "644", "a:x:1:1\n"],
    ["tmp", "directory", "1777", ""],
  ]);
});
