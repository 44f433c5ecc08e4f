/** What an inference server says of itself, also in the stack file. */
import { z } from "zod";
import { runtimeModelIds } from "../catalogue/runtime-models.ts";
import { report } from "../config.ts";
import { migProfileName } from "../names.ts";
import type { Problem } from "../planning/problem.ts";
import { repeatedName } from "../planning/reference.ts";
import { startSecondsMin } from "../planning/serving/start-time.ts";
import { priorityNames } from "../scheduling/priorities.ts";
import { imageReference } from "../training/run.ts";

const apiKey = z.strictObject({
  /** Whose requests they are; the runtime shares itself out evenly between them. */
  name: z
    .string()
    .max(64)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "letters, digits, dots, dashes and underscores"),
  /** SHA-256 of each key: a new one is added before the old one is removed. */
  sha256: z
    .array(z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits: never the key itself"))
    .min(1)
    .max(8),
  /** Requests at once. Default: 64. */
  concurrency: z.int().min(1).max(100_000).default(64),
  /** Requests in a minute. Default: 6000. */
  requestsPerMinute: z.int().min(1).max(10_000_000).default(6000),
});

/** A name is one tenant, and a hash says whose a request is: the runtime does not start with either twice. */
function keyProblems(keys: readonly z.output<typeof apiKey>[]): Problem[] {
  const names = keys.map(({ name }) => name);
  const hashes = keys.flatMap(({ sha256 }, key) => sha256.map((hash, index) => ({ key, index, hash })));
  return [
    ...names.flatMap((_, index) => repeatedName([index, "name"], index, names)),
    ...hashes.flatMap(({ key, index, hash }, place) => {
      const first = hashes.findIndex((other) => other.hash === hash);
      if (first === place) return [];
      return [
        {
          path: [key, "sha256", index],
          given: `the hash that "${names[hashes[first]?.key ?? key]}" already has`,
          allowed: "each hash once",
          remedy: "remove one of the two",
        },
      ];
    }),
  ];
}

export const inferenceServerFields = {
  /** A model of the catalogue that the runtime computes, in the image; either this or `config`. */
  model: z.enum(runtimeModelIds).optional(),
  /** The content of its config.json, for any other model. */
  config: z.record(z.string(), z.unknown()).optional(),
  /** Image of the runtime, with the model at /model. Default: the cluster's own, where it has one. */
  image: imageReference.optional(),
  /** What requests call the model. Default: the server's name. */
  servedName: z.string().min(1).max(256).optional(),
  /** Default: 1. */
  replicas: z.int().min(1).max(100).default(1),
  /** Tokens of the longest prompt and answer together. Default: what model and cache allow, at most 8192. */
  context: z.int().min(16).max(1_048_576).optional(),
  /** Requests that a replica answers at a time. Default: 32. */
  sequences: z.int().min(1).max(1024).default(32),
  /** Seconds for which answers are finished after a replica was told to end. Default: 45. */
  drainSeconds: z.int().min(0).max(3600).default(45),
  /** Seconds for loading and the first forward pass. Default: 600, or less where its queue waits less. */
  startSeconds: z.int().min(startSecondsMin).max(7200).optional(),
  /** Who may ask. Default: every pod of the team. */
  keys: z
    .array(apiKey)
    .max(1000)
    .superRefine((keys, context) => report(context, keyProblems(keys)))
    .default([]),
  /** Whole cores of a server without a pool. Default: 2. */
  cpuCores: z.int().min(1).max(256).optional(),
  /** KV cache of a server without a pool. Default: 1024. */
  kvCacheMiB: z.int().min(16).max(1_048_576).optional(),
  /** Accelerators that share the model, in a server with a pool. Default: 1. */
  tensor: z.int().min(1).max(8).optional(),
  /** MIG profile of a replica, in a partitioned pool. */
  profile: migProfileName.optional(),
  /** Priority in the queue of a server with a pool. Default: normal. */
  priority: z.enum(priorityNames).optional(),
};

export type ApiKey = z.output<typeof apiKey>;
