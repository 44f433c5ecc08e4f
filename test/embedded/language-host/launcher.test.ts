/** The launcher beside the CLI, which must never replace an official host. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { installLanguageHost } from "../../../embedded/language-host/launcher.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "plinth-launcher-"));
  path = join(directory, "pulumi-language-nodejs");
});
afterEach(() => rmSync(directory, { recursive: true }));

test("is written as an executable, once", () => {
  expect(installLanguageHost(directory)).toBe("stand-in");
  expect(statSync(path).mode & 0o777).toBe(0o755);
  const { ino } = statSync(path);
  expect(installLanguageHost(directory)).toBe("stand-in");
  expect(statSync(path).ino).toBe(ino);
});

test("replaces an older launcher of its own", () => {
  installLanguageHost(directory);
  const current = readFileSync(path, "utf8");
  writeFileSync(path, current.replace("exec", "# before\nexec"));
  expect(installLanguageHost(directory)).toBe("stand-in");
  expect(readFileSync(path, "utf8")).toBe(current);
});

test("leaves an official host in place", () => {
  const official = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0x02]);
  writeFileSync(path, official);
  expect(installLanguageHost(directory)).toBe("official");
  expect(readFileSync(path)).toEqual(official);
});
