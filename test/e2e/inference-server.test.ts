/** A model that answers on the embedded cluster: brought up by the real engine, asked by OpenAI's client. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { V1ConfigMap, V1Pod } from "@kubernetes/client-node";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { podAddress } from "../../embedded/host-node/pod-address.ts";
import { containerLogFile } from "../../embedded/host-node/pod-process.ts";
import { readPlatformStatus } from "../../embedded/status/platform-status.ts";
import { recordEngineWrites } from "../support/engine-writes.ts";
import { plainPulumi } from "../support/plain-pulumi.ts";
import { eventually, TestPlatform } from "../support/platform.ts";

const namespace = "chat-inference-system";
const chat = { name: "chat", team: "research", cpuCores: 1, kvCacheMiB: 64, drainSeconds: 120 };
const key = "sk-written-nowhere";
const sha256 = createHash("sha256").update(key).digest("hex");
const withKey = { ...chat, keys: [{ name: "ci", sha256: [sha256] }] };
const tokens = 300;

const platform = new TestPlatform();
const seen: { isReady: boolean; hasLoaded: boolean }[] = [];
let address = "";
let first: V1Pod;

beforeAll(async () => {
  await platform.must("cluster", "up");
  let isUp = false;
  const coming = up(chat).finally(() => {
    isUp = true;
  });
  // Readiness beside what the server itself has said by then.
  while (!isUp) {
    const [pod] = await pods();
    const isReady = pod !== undefined && isPodReady(pod);
    if (pod) seen.push({ isReady, hasLoaded: isReady ? log(pod).includes("Ready at http://") : false });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { endpoints } = JSON.parse((await coming).stdout);
  expect(endpoints).toMatchObject([{ name: "chat", team: "research", ready: "1 of 1" }]);
  address = endpoints[0].address;
  first = only(await pods());
});
afterAll(() => platform.remove());

test("is ready once the model is loaded and not before, and answers with words at its Service", async () => {
  expect(seen.filter(({ isReady, hasLoaded }) => isReady && !hasLoaded)).toEqual([]);
  expect(seen.some(({ isReady }) => !isReady)).toBe(true);
  const { choices, usage } = await client().chat.completions.create({
    model: "chat",
    messages: [{ role: "user", content: "What is a pod?" }],
    max_tokens: 40,
    temperature: 0,
  });
  expect(choices[0]?.message.content).toMatch(/^[A-Z][a-z]* ([a-z]+ ){4}/);
  expect(usage?.completion_tokens).toBeGreaterThan(3);
  expect((await client().models.list()).data.map(({ id }) => id)).toEqual(["chat"]);
});

test("listens on the address of its pod, with the settings of its ConfigMap", async () => {
  const own = podAddress(first.metadata?.uid ?? "");
  const metrics = await (await fetch(`http://${own}:8000/metrics`)).text();
  expect(metrics).toContain('model_name="chat"');
  expect(log(first)).toContain("chat on cpu");
  expect(log(first)).toContain("512 tokens a request, 288 requests");
});

test("a second up writes nothing", async () => {
  const writes = recordEngineWrites(platform.state);
  await up(chat);
  expect(writes()).toEqual([]);
});

test("a program that is killed is started again by the node, and answers as before", async () => {
  process.kill(pidOf(first), "SIGKILL");
  const again = await eventually(
    async () => only(await pods()),
    (pod) => pod.status?.containerStatuses?.[0]?.restartCount !== 0 && isPodReady(pod),
    60_000,
  );
  expect(again.metadata?.uid).toBe(first.metadata?.uid);
  expect(again.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(137);
  expect(await story()).toEqual({ finish: "length", tokens });
});

test("an update loses no request: whoever is told to end serves on until nobody asks it", async () => {
  const before = only(await pods());
  const answers: Awaited<ReturnType<typeof story>>[] = [];
  let isUpdated = false;
  const asking = Promise.all(
    [1, 2, 3].map(async () => {
      while (!isUpdated) answers.push(await story());
      answers.push(await story());
    }),
  );
  await up(withKey);
  await eventually(
    pods,
    (left) => left.every(({ metadata }) => metadata?.uid !== before.metadata?.uid),
    60_000,
  );
  isUpdated = true;
  await asking;
  expect(answers.length).toBeGreaterThan(3);
  expect(answers.filter(({ finish, tokens: count }) => finish !== "length" || count !== tokens)).toEqual([]);
  // Written in order: answers that ended after the server had been told to, and nobody who came too late.
  const [, after = ""] = log(before).split("SIGTERM: unready; new requests are taken for 5 s more");
  const lines = after.split("\n").filter((line) => line.includes('"status":'));
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.filter((line) => !line.includes('"status":200'))).toEqual([]);
  expect(after).toContain(`SIGTERM: no new requests; those that run have ${chat.drainSeconds} s`);
  // The settings of pods that are gone are gone with them.
  const maps = await platform.api.list<V1ConfigMap>(`/api/v1/namespaces/${namespace}/configmaps`);
  const settings = maps.filter(({ metadata }) => metadata?.name?.startsWith("chat-"));
  expect(settings.map(({ immutable }) => immutable)).toEqual([true]);
});

test("only who has the key comes in, and neither key nor hash is in the state", async () => {
  const [stranger] = await Promise.allSettled([client("sk-another").models.list()]);
  expect(stranger).toMatchObject({ status: "rejected", reason: { status: 401, code: "invalid_api_key" } });
  expect((await client().models.list()).data).toHaveLength(1);
  const { stdout: state } = await plainPulumi(platform, ["stack", "export", "--stack", "local"]);
  expect(state).toContain("chat-keys");
  const hashes = [sha256, Buffer.from(JSON.stringify(withKey.keys)).toString("base64").slice(0, 60)];
  for (const secret of [key, ...hashes]) expect(state).not.toContain(secret);
});

test("a server that goes away takes everything with it, and its address", async () => {
  await up();
  expect((await readPlatformStatus(platform.api)).endpoints).toEqual([]);
  const left = await platform.api.get(`/api/v1/namespaces/${namespace}`).catch(({ status }) => status);
  expect(left).toBe(404);
  await expect(fetch(`${address}/models`)).rejects.toThrow();
});

/** One streamed answer of a length that is known; what it came to. */
async function story(): Promise<{ finish: string | null | undefined; tokens: number | undefined }> {
  const stream = await client().completions.create({
    model: "chat",
    prompt: "A queue",
    max_tokens: tokens,
    stream: true,
    stream_options: { include_usage: true },
    // The runtime's own: the answer does not end by itself.
    ...{ ignore_eos: true },
  });
  let finish: string | null | undefined;
  let counted: number | undefined;
  for await (const { choices, usage } of stream) {
    finish = choices[0]?.finish_reason ?? finish;
    counted = usage?.completion_tokens ?? counted;
  }
  return { finish, tokens: counted };
}

function client(apiKey = key): OpenAI {
  // A request that is refused, or whose connection breaks, is a failure of its test.
  return new OpenAI({ baseURL: address, apiKey, maxRetries: 0 });
}

function up(...inferenceServers: object[]) {
  const file = platform.stackFile({
    environment: "local",
    pools: [{ name: "l4", accelerator: "nvidia-l4", nodes: 1, acceleratorsPerNode: 1 }],
    queueing: { cohorts: ["platform"] },
    teams: [
      {
        name: "research",
        costCenter: "cc-1",
        cohort: "platform",
        quotas: [{ pool: "l4", accelerators: 1 }],
      },
    ],
    inferenceServers,
  });
  return platform.must("up", "--stack-file", file, "--json");
}

function pods(): Promise<V1Pod[]> {
  return platform.api.list<V1Pod>(`/api/v1/namespaces/${namespace}/pods`);
}

function only(found: readonly V1Pod[]): V1Pod {
  const [pod, ...more] = found;
  if (!pod || more.length > 0) throw new Error(`${found.length} pods where one is expected`);
  return pod;
}

function isPodReady({ status }: V1Pod): boolean {
  return status?.conditions?.some((row) => row.type === "Ready" && row.status === "True") === true;
}

function log(pod: V1Pod): string {
  const file = containerLogFile(platform.state.path("logs"), pod, "server");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

function pidOf({ metadata }: V1Pod): number {
  const file = join(platform.state.path("pods"), metadata?.uid ?? "", "server.json");
  return JSON.parse(readFileSync(file, "utf8")).pid;
}
