/** The settings file and the command line. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  keyFilesOf,
  readKeys,
  readSettings,
  type SettingsFlags,
  tracesEndpointOf,
} from "../../runtime/settings.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

function fileOf(content: unknown): string {
  const file = join(temporaryDirectory(), "runtime.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

const key = { name: "ci", sha256: ["0".repeat(64)] };

test("a model alone is served on this machine", () => {
  const settings = readSettings({ model: "dir" }, "llama");
  expect(settings).toMatchObject({ host: "127.0.0.1", port: 8000, isOpen: false });
  expect(settings.engine.model).toBe("dir");
  expect(settings.server.models).toEqual(["llama"]);
});

test("the command line goes before the file", () => {
  const settings = fileOf({
    engine: { model: "of-file", sequences: 4 },
    server: { models: ["of-file"], keys: [key] },
    host: "0.0.0.0",
    port: 1,
  });
  const flags = { settings, model: "dir", host: "127.0.0.1", port: "0", name: "mine" };
  expect(readSettings({ settings }, "x")).toMatchObject({
    host: "0.0.0.0",
    port: 1,
    server: { models: ["of-file"] },
  });
  expect(readSettings(flags, "x")).toMatchObject({
    host: "127.0.0.1",
    port: 0,
    engine: { model: "dir", sequences: 4 },
    server: { models: ["mine"], keys: [key] },
  });
});

test("keys of a file of their own stand beside those of the settings", () => {
  const settings = fileOf({ server: { keys: [key] }, host: "0.0.0.0" });
  const other = { name: "batch", sha256: ["1".repeat(64)] };
  const { server } = readSettings({ settings, keys: fileOf([other]), model: "dir" }, "x");
  expect(server.keys.map(({ name }) => name)).toEqual(["ci", "batch"]);
  const twice = { settings, keys: fileOf([key]), model: "dir" };
  expect(() => readSettings(twice, "x")).toThrow("server.keys: name ci twice");
  const wrong = { settings, keys: fileOf({ keys: [other] }), model: "dir" };
  expect(() => readSettings(wrong, "x")).toThrow(/runtime\.json: /);
});

test("keys alone are read again from the files that name some", () => {
  const [settings, without] = [fileOf({ server: { keys: [key] }, port: 1 }), fileOf({ server: {} })];
  const other = { name: "batch", sha256: ["1".repeat(64)], priority: 3 };
  const keys = fileOf([other]);
  expect(keyFilesOf({ settings, keys })).toEqual([settings, keys]);
  expect([keyFilesOf({ settings: without, keys }), keyFilesOf({ settings: without })]).toEqual([[keys], []]);
  expect(readKeys({ settings, keys })).toEqual(readSettings({ settings, keys, model: "m" }, "x").server.keys);
  expect(readKeys({ settings: without, keys }).map(({ name, priority }) => [name, priority])).toEqual([
    ["batch", 3],
  ]);
  expect(readKeys({})).toEqual([]);
  expect(() => readKeys({ settings, keys: fileOf([key]) })).toThrow("server.keys: name ci twice");
  expect(() => readKeys({ keys: fileOf("[{") })).toThrow(/runtime\.json: /);
  expect(() => readKeys({ settings: fileOf({ server: { keys: 5 } }) })).toThrow(/runtime\.json: /);
  expect(() => readKeys({ keys: fileOf([{ name: "a", sha256: ["x"] }]) })).toThrow(
    "server.keys.0.sha256.0: 64 lower-case hexadecimal digits",
  );
});

test.each<[string, unknown, SettingsFlags, RegExp]>([
  ["a port that is none", {}, { port: "eighty" }, /port: Invalid input/],
  ["an unknown field", { hosts: "x" }, {}, /Unrecognized key: "hosts"/],
  ["a file that is no JSON", "{", {}, /runtime\.json: .*JSON/],
  ["other machines without keys", { host: "0.0.0.0" }, {}, /host: 0\.0\.0\.0 is reached by other machines/],
  [
    "an adapter of the model's name",
    { engine: { adapters: [{ name: "x", directory: "a" }] } },
    {},
    /engine\.adapters: x is already what requests call the model/,
  ],
  ["every mistake at once", { engine: { threads: 0, sequences: 0 } }, {}, /threads[\s\S]*sequences/],
])("%s is refused", (_, content, flags, words) => {
  expect(() => readSettings({ model: "dir", settings: fileOf(content), ...flags }, "x")).toThrow(words);
});

test.each<[string, object]>([
  ["with a key", { server: { keys: [key] } }],
  ["when that is wanted", { isOpen: true }],
])("other machines are served %s", (_, change) => {
  const settings = fileOf({ host: "0.0.0.0", ...change });
  expect(readSettings({ model: "dir", settings }, "x").host).toBe("0.0.0.0");
});

test("a file that is missing is named", () => {
  expect(() => readSettings({ settings: "/nowhere.json" }, "x")).toThrow(/^\/nowhere\.json: ENOENT/);
});

test("traces go where the settings say, or else OpenTelemetry's variable", () => {
  const endpoint = (flags: object) => readSettings({ model: "m", ...flags }, "tiny").server.tracesEndpoint;
  expect(endpoint({})).toBeUndefined();
  expect(endpoint({ tracesEndpoint: "http://collector:4318" })).toBe("http://collector:4318");
  const off = fileOf({ server: { tracesEndpoint: null } });
  expect(endpoint({ tracesEndpoint: "http://collector:4318", settings: off })).toBeNull();
  const wrong = fileOf({ server: { tracesEndpoint: "collector" } });
  expect(() => endpoint({ settings: wrong })).toThrow("server.tracesEndpoint");
});

test.each([
  { given: undefined, want: undefined, told: [] },
  { given: "https://collector:4318", want: "https://collector:4318", told: [] },
  { given: "collector:4318", want: undefined, told: ["collector:4318"] },
  { given: "grpc://collector:4317", want: undefined, told: ["grpc://collector:4317"] },
])("a variable for every program of a cluster ends none: $given", ({ given, want, told }) => {
  const warnings: string[] = [];
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: given };
  expect(tracesEndpointOf(environment, (message) => warnings.push(message))).toBe(want);
  const wanted = "where http://HOST:PORT or https://HOST:PORT is wanted: no traces are sent";
  expect(warnings).toEqual(told.map((value) => `OTEL_EXPORTER_OTLP_ENDPOINT: ${value}, ${wanted}`));
});
