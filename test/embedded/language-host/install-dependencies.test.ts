/** What `pulumi install` does with npm packages. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import language from "@pulumi/pulumi/proto/language_pb.js";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ChildProcesses } from "../../../embedded/language-host/child-processes.ts";
import { installDependencies } from "../../../embedded/language-host/install-dependencies.ts";
import { packageTree } from "../../support/package-tree.ts";

let root: string;
beforeEach(() => {
  root = packageTree({ "": { dependencies: { a: "1" } } });
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

/** Puts an npm on PATH that prints its arguments and ends with the code. */
function stubNpm(code: number): void {
  const bin = join(root, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "npm"), `#!/bin/sh\necho "npm $@ in $(pwd)"\nexit ${code}\n`);
  chmodSync(join(bin, "npm"), 0o755);
  vi.stubEnv("PATH", `${bin}${delimiter}${process.env.PATH}`);
}

async function install(): Promise<string> {
  let output = "";
  const program = new language.ProgramInfo().setProgramDirectory(root);
  await installDependencies({
    request: new language.InstallDependenciesRequest().setInfo(program),
    children: new ChildProcesses(),
    cancelled: new AbortController().signal,
    send: (response) => {
      output += Buffer.from(response.getStdout_asU8()).toString();
    },
  });
  return output;
}

test("nothing is run when every package is there", async () => {
  stubNpm(1);
  mkdirSync(join(root, "node_modules/a"), { recursive: true });
  writeFileSync(join(root, "node_modules/a/package.json"), "{}");
  expect(await install()).toBe("All npm packages are installed.\n");
});

test.each([
  { case: "with a lock file", files: ["package-lock.json"], want: "ci" },
  { case: "without one", files: [], want: "install" },
])("npm is run $case", async ({ files, want }) => {
  stubNpm(0);
  for (const file of files) writeFileSync(join(root, file), "{}");
  expect(await install()).toBe(`Running npm ${want} in ${root}: a not installed.\nnpm ${want} in ${root}\n`);
});

test("a failure of npm is a failure of the installation", async () => {
  stubNpm(1);
  await expect(install()).rejects.toThrow(`npm install failed in ${root}`);
});

test("a machine without npm is told so", async () => {
  vi.stubEnv("PATH", root);
  await expect(install()).rejects.toThrow("spawn npm ENOENT");
});
