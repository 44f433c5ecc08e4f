import { expect, test } from "vitest";
import { z } from "zod";
import { inferenceServerFields } from "../../../components/serving/inference-fields.ts";
import { engineSettings } from "../../../runtime/engine-settings.ts";
import { serverSettings } from "../../../runtime/server/settings.ts";

const fields = z.strictObject(inferenceServerFields);
const hash = "0".repeat(64);

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
  { case: "an unknown field", given: { gpu: 1 } },
])("refused: $case", ({ given }) => {
  expect(fields.safeParse(given).success).toBe(false);
});
