import { expect, test } from "vitest";
import { z } from "zod";
import { inferenceServerFields } from "../../../components/serving/inference-fields.ts";
import { engineSettings } from "../../../runtime/engine-settings.ts";
import { serverSettings } from "../../../runtime/server/settings.ts";

const fields = z.strictObject(inferenceServerFields);
const hash = "0".repeat(64);

const other = "1".repeat(64);
const key = (name: string, ...sha256: string[]) => ({ name, sha256 });

test("nothing has to be said", () => {
  expect(fields.parse({})).toEqual({ replicas: 1, sequences: 32, drainSeconds: 45, keys: [] });
});

test("what the runtime has a default for has the same one here", () => {
  const { sequences, drainSeconds, keys } = fields.parse({ keys: [{ name: "ci", sha256: [hash] }] });
  const server = serverSettings.parse({ models: ["m"], keys: [{ name: "ci", sha256: [hash] }] });
  expect(sequences).toBe(engineSettings.parse({ model: "m" }).sequences);
  expect(drainSeconds).toBe(server.drainSeconds);
  expect(server.keys).toEqual(keys.map((key) => ({ ...key, priority: 0 })));
});

test.each([
  { case: "a key in clear", given: { keys: [{ name: "ci", sha256: ["sk-secret"] }] } },
  { case: "a key without a hash", given: { keys: [{ name: "ci", sha256: [] }] } },
  { case: "a name that metrics cannot have", given: { keys: [{ name: "c i", sha256: [hash] }] } },
  { case: "an image by tag", given: { image: "registry.example/runtime:1" } },
  { case: "no replica", given: { replicas: 0 } },
  { case: "two keys of one name", given: { keys: [key("ci", hash), key("ci", other)] } },
  { case: "a hash twice", given: { keys: [key("ci", hash), key("cd", other, hash)] } },
  { case: "an unknown field", given: { gpu: 1 } },
])("refused: $case", ({ given }) => {
  expect(fields.safeParse(given).success).toBe(false);
});

test("what keys have twice is told where it stands, and no hash is written out", () => {
  const keys = [key("ci", hash), key("ci", other), key("cd", other)];
  expect(fields.safeParse({ keys }).error?.issues).toMatchObject([
    { path: ["keys", 1, "name"], message: '"ci", which entry 0 already has; allowed: each name once' },
    { path: ["keys", 2, "sha256", 0], message: 'the hash that "ci" already has; allowed: each hash once' },
  ]);
  // The runtime refuses the same.
  for (const twice of [keys.slice(0, 2), keys.slice(1)]) {
    expect(fields.safeParse({ keys: twice }).success).toBe(false);
    expect(serverSettings.safeParse({ models: ["m"], keys: twice }).success).toBe(false);
  }
});
