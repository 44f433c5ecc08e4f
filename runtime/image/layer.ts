/** One layer of an image as tar.gz: the same bytes for the same files, whoever makes it and whenever. */
import { createHash, type Hash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { lstat, readdir, readlink, rename, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Header, type Pack, pack } from "tar-stream";

/** What lies at a path of the image. */
export type Entry =
  | { readonly type: "directory"; readonly mode?: number }
  /** Where the source is a link, what it leads to. */
  | { readonly type: "file"; readonly source: string; readonly isExecutable: boolean }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "link"; readonly target: string };

/** By absolute path in the image. */
export type Entries = ReadonlyMap<string, Entry>;

export interface Layer {
  /** SHA-256 of the file as it is stored, in hexadecimal. */
  readonly digest: string;
  /** Of the same file before it was compressed: what an image's configuration names. */
  readonly contentDigest: string;
  readonly bytes: number;
}

/** Files of a directory and those below it, as they lie there; only files, folders and links are taken. */
export async function entriesOf(directory: string, at: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>([[at, { type: "directory" }]]);
  for (const name of (await readdir(directory)).sort()) {
    const [source, path] = [join(directory, name), posix.join(at, name)];
    const found = await lstat(source);
    if (found.isDirectory())
      for (const [inner, entry] of await entriesOf(source, path)) entries.set(inner, entry);
    else if (found.isSymbolicLink()) entries.set(path, { type: "link", target: await readlink(source) });
    else if (found.isFile())
      entries.set(path, { type: "file", source, isExecutable: (found.mode & 0o100) !== 0 });
  }
  return entries;
}

/** Writes the layer into `blobs` under its digest. */
export async function writeLayer(entries: Entries, blobs: string): Promise<Layer> {
  const unnamed = join(blobs, `layer-${process.pid}`);
  const archive = pack();
  const [content, stored] = [createHash("sha256"), createHash("sha256")];
  let bytes = 0;
  const filling = fill(archive, withParents(entries)).catch((error) => {
    archive.destroy(error);
    throw error;
  });
  const written = pipeline(
    archive,
    through(content),
    createGzip({ level: 6 }),
    through(stored, (length) => {
      bytes += length;
    }),
    createWriteStream(unnamed),
  );
  await Promise.all([filling, written]);
  const digest = stored.digest("hex");
  await rename(unnamed, join(blobs, digest));
  return { digest, contentDigest: content.digest("hex"), bytes };
}

/** Every folder above an entry comes before it. */
function withParents(entries: Entries): Map<string, Entry> {
  const all = new Map(entries);
  for (const path of entries.keys()) {
    for (let parent = posix.dirname(path); parent !== "/"; parent = posix.dirname(parent)) {
      if (!all.has(parent)) all.set(parent, { type: "directory" });
    }
  }
  return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function fill(archive: Pack, entries: Entries): Promise<void> {
  for (const [path, entry] of entries) {
    const name = path.slice(1);
    if (entry.type === "directory")
      await add(archive, { name, type: "directory", mode: entry.mode ?? 0o755 });
    else if (entry.type === "link")
      await add(archive, { name, type: "symlink", linkname: entry.target, mode: 0o777 });
    else if (entry.type === "text") await add(archive, { name, mode: 0o644 }, entry.text);
    else await addFile(archive, name, entry);
  }
  archive.finalize();
}

/** Nothing of the machine or the moment at which a layer is made is in it. */
const timeless = { mtime: new Date(0), uid: 0, gid: 0, uname: "", gname: "" };

function add(archive: Pack, headers: Partial<Header> & Pick<Header, "name">, text = ""): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry({ ...headers, ...timeless }, text, (error) => (error ? reject(error) : resolve()));
  });
}

async function addFile(archive: Pack, name: string, { source, isExecutable }: Entry & { type: "file" }) {
  const { size } = await stat(source);
  const entry = archive.entry({ name, size, mode: isExecutable ? 0o755 : 0o644, ...timeless });
  await pipeline(createReadStream(source), entry);
}

function through(hash: Hash, count: (bytes: number) => void = () => undefined): Transform {
  return new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      count(chunk.length);
      done(null, chunk);
    },
  });
}
