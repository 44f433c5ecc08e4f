/** The container images that the host node can run, and which files of this machine stand in for them. */

export interface HostProgram {
  /** Image repository, without tag and digest. */
  readonly repository: string;
  /** The image's file system: absolute path in the container to a file or directory of this machine. */
  readonly files: Readonly<Record<string, string>>;
  /** Used when the pod states no command. */
  readonly entrypoint: readonly string[];
  /** The image's own variables; the pod's win. Default: none. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether it listens on its pod's address alone, so that several run beside each other. Default: false. */
  readonly hasOwnAddress?: boolean;
  /**
   * Further files, which may have to be made first; asked before every start, and given up with the signal.
   * Default: none.
   */
  readonly prepare?: (signal: AbortSignal) => Promise<HostProgram["files"]>;
}

/** The program that stands in for an image reference such as `host/name:tag@sha256:…`. */
export function findProgram(programs: readonly HostProgram[], image: string): HostProgram | undefined {
  const repository = imageRepository(image);
  return programs.find((program) => program.repository === repository);
}

/** The repository of an image reference: without digest and without tag, but with a registry's port. */
export function imageRepository(image: string): string {
  const withoutDigest = image.split("@")[0] ?? image;
  const lastSegment = withoutDigest.lastIndexOf("/");
  const tag = withoutDigest.indexOf(":", lastSegment + 1);
  return tag === -1 ? withoutDigest : withoutDigest.slice(0, tag);
}
