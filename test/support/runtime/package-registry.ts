/**
 * A registry of what this project has installed: npm installs from it as from any other, and nothing has to
 * come from elsewhere.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { projectRoot } from "../../../runtime/image/image-places.ts";
import { packageDirectories } from "../../../runtime/image/packages.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
}

export interface PackageRegistry {
  readonly url: string;
  /** Names that were asked for and are not installed. */
  readonly missing: readonly string[];
  close(): void;
}

/** Has these packages of the project, and all that they depend on. */
export async function packageRegistry(names: Iterable<string>): Promise<PackageRegistry> {
  const found = packageDirectories(projectRoot, names).map((path) => join(projectRoot, path));
  const packages = found.map((directory) => {
    const manifest: Manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
    return { directory, manifest };
  });
  const missing: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "").slice(1);
    const archived = packages.find(({ manifest }) => path === archiveOf(manifest));
    if (archived) return sendArchive(response, archived.directory);
    const versions = packages.map(({ manifest }) => manifest).filter(({ name }) => name === path);
    if (versions.length === 0) missing.push(path);
    const body = JSON.stringify(documentOf(path, versions, `http://${request.headers.host}`));
    response.writeHead(versions.length > 0 ? 200 : 404, { "content-type": "application/json" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, missing, close };
}

function archiveOf({ name, version }: Manifest): string {
  return `${name}/-/${version}.tgz`;
}

/** As npm's registry tells of a package (npm/registry, docs/responses/package-metadata.md, 2026-11-22). */
function documentOf(name: string, versions: readonly Manifest[], url: string): object {
  const rows = versions.map((manifest) => {
    const dist = { tarball: `${url}/${archiveOf(manifest)}` };
    return [manifest.version, { ...manifest, dist }] as const;
  });
  return { name, "dist-tags": { latest: versions.at(-1)?.version }, versions: Object.fromEntries(rows) };
}

/** Without what is installed below it: that is another package. */
function sendArchive(response: ServerResponse, directory: string): void {
  const flags = ["--exclude", "./node_modules", "--transform", "s,^\\.,package,"];
  const tar = spawn("tar", ["-I", "gzip -1", "-cf", "-", ...flags, "-C", directory, "."], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  response.writeHead(200, { "content-type": "application/octet-stream" });
  tar.stdout.pipe(response);
}
