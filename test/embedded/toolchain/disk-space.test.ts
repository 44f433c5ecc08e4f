import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { checkDiskSpace, requireDiskSpace } from "../../../embedded/toolchain/disk-space.ts";
import { ToolchainError } from "../../../embedded/toolchain/toolchain-error.ts";

test.each([
  { case: "just enough", freeMiB: 6144, want: undefined },
  {
    case: "so little short that rounding would hide it",
    freeMiB: 6143,
    want: new ToolchainError(
      "disk-full",
      "The build needs 6.0 GiB of disk space, but /cache has 5.9 GiB free: free some, " +
        "or point XDG_CACHE_HOME, GOCACHE and GOMODCACHE at a larger disk.",
    ),
  },
  {
    case: "far too little",
    freeMiB: 2150,
    want: new ToolchainError(
      "disk-full",
      "The build needs 6.0 GiB of disk space, but /cache has 2.0 GiB free: free some, " +
        "or point XDG_CACHE_HOME, GOCACHE and GOMODCACHE at a larger disk.",
    ),
  },
])("$case", ({ freeMiB, want }) => {
  const check = () => checkDiskSpace({ folder: "/cache", neededMiB: 6144 }, freeMiB);
  if (want === undefined) expect(check).not.toThrow();
  else expect(check).toThrow(want);
});

test("needs on one disk add up", async () => {
  const root = await mkdtemp(join(tmpdir(), "plinth-disk-"));
  onTestFinished(() => rm(root, { recursive: true }));
  const half = { neededMiB: 2 ** 40 };
  const needs = [
    { folder: join(root, "compiled"), ...half },
    { folder: join(root, "sources"), ...half },
  ];
  await expect(requireDiskSpace(needs)).rejects.toThrow("The build needs 2147483648.0 GiB of disk space");
});
