import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { KeyFiles } from "../../runtime/key-files.ts";
import type { ApiKey } from "../../runtime/server/settings.ts";
import { readKeys } from "../../runtime/settings.ts";
import { until } from "../support/runtime/served.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const keyOf = (name: string, digit: string) => ({ name, sha256: [digit.repeat(64)] });

/** A file behind links, as Kubernetes mounts a secret: what it holds is exchanged at once. */
function mountedFile(content: unknown) {
  const directory = temporaryDirectory();
  let version = 0;
  const write = (next: unknown) => {
    version += 1;
    const place = `..${version}`;
    mkdirSync(join(directory, place));
    const text = typeof next === "string" ? next : JSON.stringify(next);
    writeFileSync(join(directory, place, "keys.json"), text);
    symlinkSync(place, join(directory, "..tmp"));
    renameSync(join(directory, "..tmp"), join(directory, "..data"));
  };
  write(content);
  symlinkSync("..data/keys.json", join(directory, "keys.json"));
  return { file: join(directory, "keys.json"), write };
}

function watched(file: string) {
  const names: string[][] = [];
  const said: string[] = [];
  const taken = (keys: readonly ApiKey[]) => void names.push(keys.map(({ name }) => name));
  const read = () => readKeys({ keys: file });
  const say = (message: string) => void said.push(message);
  const options = { files: [file], seconds: 0.002, read, taken, say };
  const keys = new KeyFiles(options, read());
  keys.start();
  onTestFinished(() => keys.stop());
  return { names, said, keys };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 40));

test("what the file holds is taken each time that it is exchanged, and only then", async () => {
  const { file, write } = mountedFile([keyOf("a", "1")]);
  const { names, said } = watched(file);
  await pause();
  expect(names).toEqual([]);
  write([keyOf("a", "1"), keyOf("b", "2")]);
  await until(() => names.length === 1);
  write([keyOf("b", "2")]);
  await until(() => names.length === 2);
  await pause();
  expect(names).toEqual([["a", "b"], ["b"]]);
  expect(said).toEqual([
    "API keys were read again: 2 of 2 tenants",
    "API keys were read again: 1 of 1 tenants",
  ]);
});

test("what is broken changes nothing and is told once, until it is whole again", async () => {
  const { file, write } = mountedFile([keyOf("a", "1")]);
  const { names, said } = watched(file);
  write('[{"name":');
  await until(() => said.length === 1);
  write([{ name: "a", sha256: ["short"] }]);
  await until(() => said.length === 2);
  rmSync(file);
  await until(() => said.length === 3);
  writeFileSync(file, "");
  truncateSync(file, 9 * 2 ** 20);
  await until(() => said.length === 4);
  await pause();
  expect([names, said.length]).toEqual([[], 4]);
  expect(said.every((message) => message.startsWith("API keys stay as they are: "))).toBe(true);
  expect(said[1]).toContain("server.keys.0.sha256.0: 64 lower-case hexadecimal digits");
  expect(said[2]).toContain("ENOENT");
  expect(said[3]).toContain("has 9437184 bytes, of 8388608 at most");
  writeFileSync(file, JSON.stringify([keyOf("c", "3")]));
  await until(() => names.length === 1);
  expect(names).toEqual([["c"]]);
});

test("who is told to stop looks no more", async () => {
  const { file, write } = mountedFile([keyOf("a", "1")]);
  const { names, keys } = watched(file);
  keys.stop();
  write([]);
  await pause();
  expect(names).toEqual([]);
});
