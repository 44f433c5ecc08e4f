import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { writeImage } from "../../../runtime/image/image-layout.ts";
import type { Entry } from "../../../runtime/image/layer.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const entries = new Map<string, Entry>([["/a", { type: "text", text: "a" }]]);
const options = {
  tag: "1.2.3",
  layers: [{ name: "one", entries }],
  entrypoint: ["/a", "b"],
  workingDirectory: "/w",
  user: 65_532,
  environment: { PATH: "/usr/bin" },
  port: 8000,
  labels: { "org.opencontainers.image.title": "t" },
};

test("the layout names every blob by what it holds, down from its index", async () => {
  const directory = temporaryDirectory();
  const written = await writeImage({ ...options, directory });
  const blob = (digest: string) => readFileSync(join(directory, "blobs", "sha256", digest.slice(7)));
  const json = (digest: string) => JSON.parse(blob(digest).toString());
  const index = JSON.parse(readFileSync(join(directory, "index.json"), "utf8"));
  expect(readFileSync(join(directory, "oci-layout"), "utf8")).toBe('{"imageLayoutVersion":"1.0.0"}');
  expect(index).toEqual({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [
      {
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest: written.digest,
        size: blob(written.digest).length,
        annotations: { "org.opencontainers.image.ref.name": "1.2.3" },
      },
    ],
  });
  const manifest = json(written.digest);
  const [layer] = manifest.layers;
  expect(manifest).toEqual({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: manifest.config.digest,
      size: blob(manifest.config.digest).length,
    },
    layers: [
      {
        mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
        digest: layer.digest,
        size: blob(layer.digest).length,
      },
    ],
    annotations: options.labels,
  });
  const content = createHash("sha256")
    .update(gunzipSync(blob(layer.digest)))
    .digest("hex");
  expect(json(manifest.config.digest)).toEqual({
    created: "1970-01-01T00:00:00Z",
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    config: {
      User: "65532:65532",
      ExposedPorts: { "8000/tcp": {} },
      Env: ["PATH=/usr/bin"],
      Entrypoint: ["/a", "b"],
      WorkingDir: "/w",
      Labels: options.labels,
      StopSignal: "SIGTERM",
    },
    rootfs: { type: "layers", diff_ids: [`sha256:${content}`] },
    history: [{ created: "1970-01-01T00:00:00Z", created_by: "plinth runtime image: one" }],
  });
  for (const name of readdirSync(join(directory, "blobs", "sha256"))) {
    expect(
      createHash("sha256")
        .update(blob(`sha256:${name}`))
        .digest("hex"),
    ).toBe(name);
  }
});

test("the same image twice has the same digest", async () => {
  const [one, two] = [temporaryDirectory(), temporaryDirectory()];
  const first = await writeImage({ ...options, directory: one });
  expect(await writeImage({ ...options, directory: two })).toEqual(first);
});

test("an image that cannot be finished leaves nothing behind", async () => {
  const parent = temporaryDirectory();
  const directory = join(parent, "deep", "image");
  const gone: Entry = { type: "file", source: join(parent, "gone"), isExecutable: false };
  const layers = [...options.layers, { name: "two", entries: new Map([["/b", gone]]) }];
  await expect(writeImage({ ...options, layers, directory })).rejects.toThrow(/ENOENT.*gone/);
  expect(readdirSync(join(parent, "deep"))).toEqual([]);
  await writeImage({ ...options, directory });
  expect(readdirSync(join(parent, "deep"))).toEqual(["image"]);
  expect(readdirSync(directory).sort()).toEqual(["blobs", "index.json", "oci-layout"]);
});
