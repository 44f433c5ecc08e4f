import { expect, test } from "vitest";
import { serverSettings } from "../../../runtime/server/settings.ts";

const hash = "a".repeat(64);
const key = { name: "a", sha256: [hash] };

test("every limit has a default", () => {
  expect(serverSettings.parse({ models: ["m"] })).toEqual({
    models: ["m"],
    bodyBytes: 4_194_304,
    logTextCharacters: 0,
    bodyDepth: 64,
    receiveSeconds: 30,
    requestSeconds: 600,
    streamIdleSeconds: 60,
    choices: 128,
    prompts: 64,
    embeddingInputs: 2048,
    embeddingTokens: 300_000,
    embeddingsAtOnce: 16,
    longTextCharacters: 4096,
    textThreads: 2,
    textsWaiting: 64,
    textSeconds: 60,
    messages: 4096,
    tools: 128,
    samplingDefaults: "model",
    stopStrings: 16,
    requests: 512,
    waitSeconds: 5,
    connections: 4096,
    leaveSeconds: 0,
    drainSeconds: 45,
    writeBufferBytes: 65_536,
    keys: [],
    keysSeconds: 5,
    isCacheShared: false,
  });
  expect(serverSettings.parse({ models: ["m"], keys: [key] }).keys).toEqual([
    { name: "a", sha256: [hash], concurrency: 64, requestsPerMinute: 6000, priority: 0 },
  ]);
});

test.each([
  { case: "no model", settings: { models: [] }, path: "models" },
  { case: "an unknown field", settings: { speed: 1 }, path: "" },
  { case: "a body without bound", settings: { bodyBytes: 2 ** 40 }, path: "bodyBytes" },
  { case: "no request", settings: { requests: 0 }, path: "requests" },
  { case: "a wait before now", settings: { waitSeconds: -1 }, path: "waitSeconds" },
  { case: "a fraction", settings: { choices: 1.5 }, path: "choices" },
  {
    case: "a key that is no hash",
    settings: { keys: [{ ...key, sha256: ["secret"] }] },
    path: "keys.0.sha256.0",
  },
  { case: "a key without hashes", settings: { keys: [{ ...key, sha256: [] }] }, path: "keys.0.sha256" },
  {
    case: "a name for two keys",
    settings: { keys: [key, { name: "a", sha256: ["b".repeat(64)] }] },
    path: "keys",
  },
  { case: "a hash for two names", settings: { keys: [key, { ...key, name: "b" }] }, path: "keys" },
])("$case is refused", ({ settings, path }) => {
  const { error } = serverSettings.safeParse({ models: ["m"], ...settings });
  expect(error?.issues.map((issue) => issue.path.join("."))).toEqual([path]);
});
