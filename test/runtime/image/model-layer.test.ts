import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { extract } from "tar-stream";
import { expect, test } from "vitest";
import { writeLayer } from "../../../runtime/image/layer.ts";
import { modelEntries } from "../../../runtime/image/model-layer.ts";
import { madeUpModel } from "../../support/runtime/made-up-weights.ts";
import { llamaShape } from "../../support/runtime/shapes.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

/** As Hugging Face's cache keeps a model: a folder of links to files that are named by their hashes. */
function snapshot(): string {
  const root = temporaryDirectory();
  const [blobs, links] = [join(root, "blobs"), join(root, "snapshots", "abc")];
  renameSync(madeUpModel(llamaShape).directory, blobs);
  writeFileSync(join(blobs, "tokenizer.json"), "{}");
  mkdirSync(links, { recursive: true });
  for (const name of readdirSync(blobs)) symlinkSync(join("..", "..", "blobs", name), join(links, name));
  return links;
}

test("a directory of links becomes files, and what belongs to no model stays out", async () => {
  const directory = snapshot();
  for (const name of [".git", "original"]) mkdirSync(join(directory, name));
  writeFileSync(join(directory, "original", "consolidated.00.pth"), "weights once more");
  writeFileSync(join(directory, "README.md"), "a card");
  const blobs = temporaryDirectory();
  const { digest } = await writeLayer(modelEntries(directory, "/model"), blobs);
  const reader = extract();
  reader.end(gunzipSync(readFileSync(join(blobs, digest))));
  const found: unknown[] = [];
  for await (const entry of reader) {
    const { name, type, size } = entry.header;
    found.push([name.replace(/\/$/, ""), type, size]);
    entry.resume();
  }
  const size = (name: string) => statSync(join(directory, name)).size;
  expect(found).toEqual([
    ["model", "directory", 0],
    ["model/config.json", "file", size("config.json")],
    ["model/model.safetensors", "file", size("model.safetensors")],
    ["model/tokenizer.json", "file", 2],
  ]);
});

test("shards belong to a model with the index that names them, and no others", () => {
  const { directory, tensors } = madeUpModel(llamaShape);
  const shard = "model-00001-of-00001.safetensors";
  renameSync(join(directory, "model.safetensors"), join(directory, shard));
  const map = Object.fromEntries([...tensors.keys()].map((name) => [name, shard]));
  writeFileSync(join(directory, "model.safetensors.index.json"), JSON.stringify({ weight_map: map }));
  writeFileSync(join(directory, "consolidated.safetensors"), "");
  const names = ["config.json", "model.safetensors.index.json", shard];
  expect([...modelEntries(directory, "/m").keys()]).toEqual(names.map((name) => `/m/${name}`));
});

test("a model that cannot be served is none for an image", () => {
  const directory = snapshot();
  writeFileSync(join(directory, "model.safetensors.index.json"), "{}");
  expect(() => modelEntries(directory, "/model")).toThrow("which of them is meant?");
});
