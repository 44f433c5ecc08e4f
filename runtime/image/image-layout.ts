/**
 * An image as a directory that every tool for containers reads: opencontainers/image-spec 1.1,
 * image-layout.md, manifest.md and config.md (2026-11-22).
 */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Entries, writeLayer } from "./layer.ts";

export interface ImageOptions {
  readonly directory: string;
  /** Under which tools find the image in the layout. */
  readonly tag: string;
  /** From the lowest to the topmost: what changes least comes first. */
  readonly layers: readonly { readonly name: string; readonly entries: Entries }[];
  readonly entrypoint: readonly string[];
  readonly workingDirectory: string;
  /** Number of the user and of its group. */
  readonly user: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface WrittenImage {
  /** Of the manifest: the same for the same files. */
  readonly digest: string;
  readonly bytes: number;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const media = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
};

/** Names of the architectures in images, where they are not Node's (golang.org, GOARCH). */
const architectures: Readonly<Record<string, string>> = { x64: "amd64" };
/** Of the format itself; there has been no other (image-layout.md, oci-layout file). */
const layoutVersion = [1, 0, 0].join(".");
/** No moment of making is told: the same files are the same image. */
const created = "1970-01-01T00:00:00Z";

/** Makes the directory whole or not at all: it may be there already if nothing is in it. */
export async function writeImage({ directory, ...options }: ImageOptions): Promise<WrittenImage> {
  const whole = resolve(directory);
  await mkdir(dirname(whole), { recursive: true });
  const unfinished = await mkdtemp(`${whole}-unfinished-`);
  try {
    const image = join(unfinished, "image");
    const written = await writeLayout({ ...options, directory: image });
    await rename(image, whole);
    return written;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function writeLayout(options: ImageOptions): Promise<WrittenImage> {
  const blobs = join(options.directory, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  const layers: Descriptor[] = [];
  const contents: string[] = [];
  for (const { entries } of options.layers) {
    const { digest, contentDigest, bytes } = await writeLayer(entries, blobs);
    layers.push({ mediaType: media.layer, digest: `sha256:${digest}`, size: bytes });
    contents.push(`sha256:${contentDigest}`);
  }
  const config = await writeBlob(blobs, media.config, configOf(options, contents));
  const manifest = await writeBlob(blobs, media.manifest, {
    schemaVersion: 2,
    mediaType: media.manifest,
    config,
    layers,
    annotations: options.labels,
  });
  const annotations = { "org.opencontainers.image.ref.name": options.tag };
  const index = { schemaVersion: 2, mediaType: media.index, manifests: [{ ...manifest, annotations }] };
  await writeFile(join(options.directory, "index.json"), JSON.stringify(index));
  await writeFile(
    join(options.directory, "oci-layout"),
    JSON.stringify({ imageLayoutVersion: layoutVersion }),
  );
  return { digest: manifest.digest, bytes: layers.reduce((sum, { size }) => sum + size, 0) };
}

function configOf(options: ImageOptions, contents: readonly string[]): object {
  const { entrypoint, workingDirectory, user, environment, port, labels, layers } = options;
  return {
    created,
    architecture: architectures[process.arch] ?? process.arch,
    os: "linux",
    config: {
      User: `${user}:${user}`,
      ExposedPorts: { [`${port}/tcp`]: {} },
      Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      Entrypoint: entrypoint,
      WorkingDir: workingDirectory,
      Labels: labels,
      StopSignal: "SIGTERM",
    },
    rootfs: { type: "layers", diff_ids: contents },
    history: layers.map(({ name }) => ({ created, created_by: `plinth runtime image: ${name}` })),
  };
}

async function writeBlob(blobs: string, mediaType: string, value: object): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(value));
  const digest = createHash("sha256").update(bytes).digest("hex");
  await writeFile(join(blobs, digest), bytes);
  return { mediaType, digest: `sha256:${digest}`, size: bytes.length };
}
