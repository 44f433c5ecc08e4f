/** Checkpoints for real: what a run resumes from is the same each time it starts; its keys stay secret. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { V1NetworkPolicy, V1Pod, V1Secret } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { projectDirectory } from "../../embedded/platform.ts";
import { placeholder } from "../support/builders.ts";
import { removeJob } from "../support/gang-watch.ts";
import { accelerator, acceleratorsPerNode, gangJob } from "../support/gangs.ts";
import { eventually, TestPlatform } from "../support/platform.ts";
import { TeamClient } from "../support/team-client.ts";

const platform = new TestPlatform();
const keys = { accessKeyId: "AKIAPLINTHTEST0000001", secretAccessKey: "wJalrXUtnFEMI-K7MDENG-bPxRfiCY" };
const outputs: string[] = [];
let file = "";

const job = {
  name: "pretrain",
  team: "research",
  pool: "h100",
  nodes: 2,
  acceleratorsPerNode,
  image: placeholder,
  priority: "low",
  checkpoints: { graceSeconds: 45 },
};

function stack(...lettingIn: string[]) {
  return {
    environment: "local",
    pools: [{ name: "h100", accelerator, nodes: 2, acceleratorsPerNode }],
    queueing: { cohorts: ["platform"] },
    objectStore: {
      url: "s3://models/checkpoints",
      endpoint: "https://s3.example.com:9000",
      cidrs: ["192.0.2.0/24"],
    },
    teams: ["research", "vision"].map((name) => ({
      name,
      costCenter: "cc-1",
      cohort: "platform",
      objectStore: lettingIn.includes(name),
      quotas: [{ pool: "h100", accelerators: name === "research" ? 16 : 0 }],
    })),
    jobs: lettingIn.includes("research") ? [job] : [],
  };
}

async function pulumi(...args: string[]): Promise<string> {
  const environment = JSON.parse((await platform.must("env", "--json")).stdout);
  const env = { ...process.env, ...environment };
  return execFileSync("pulumi", args, { env, cwd: projectDirectory, encoding: "utf8", maxBuffer: 2 ** 26 });
}

/** As the manual tells it: encrypted in the stack file. */
async function setKey(path: string, value: string): Promise<void> {
  const name = `plinth:objectStoreKeys.${path}`;
  await pulumi("config", "set", "--stack", "local", "--config-file", file, "--secret", "--path", name, value);
}

beforeAll(async () => {
  await platform.must("up", "--stack-file", platform.stackFile(stack()), "--json");
  file = platform.stackFile(stack("research"));
  for (const [key, value] of Object.entries(keys)) await setKey(`research.${key}`, value);
  const { stdout, stderr } = await platform.must("up", "--stack-file", file, "--json");
  outputs.push(stdout, stderr);
});

afterAll(() => platform.remove());

const path = "/api/v1/namespaces/research";

/** The run's pods, once there are so many of them. */
async function pods(amount: number): Promise<V1Pod[]> {
  const ask = async () =>
    (await platform.api.list<V1Pod>(`${path}/pods`)).filter(
      ({ metadata, spec }) => metadata?.name?.startsWith("pretrain-") && spec?.nodeName,
    );
  return eventually(ask, (found) => found.length === amount, 90_000);
}

function settings({ spec }: V1Pod) {
  const names = /^(PLINTH|AWS)_/;
  return {
    grace: spec?.terminationGracePeriodSeconds,
    variables: spec?.containers[0]?.env?.filter(({ name }) => names.test(name)),
  };
}

const keyOf = (key: string) => ({ secretKeyRef: { name: "object-store", key } });
const want = {
  grace: 45,
  variables: [
    { name: "PLINTH_CHECKPOINT_URL", value: "s3://models/checkpoints/research/pretrain" },
    { name: "AWS_ENDPOINT_URL", value: "https://s3.example.com:9000" },
    { name: "AWS_ACCESS_KEY_ID", valueFrom: keyOf("accessKeyId") },
    { name: "AWS_SECRET_ACCESS_KEY", valueFrom: keyOf("secretAccessKey") },
  ],
};

test("a preempted run comes back with the same address, time to save and keys", async () => {
  const before = await pods(2);
  expect(before.map(settings)).toEqual([want, want]);
  const member = await TeamClient.of(platform, "research", "member");
  const urgent = gangJob({ name: "urgent", team: "research", pool: "h100", nodes: 2, priority: "high" });
  await member.must("POST", "/apis/batch/v1/namespaces/research/jobs", urgent);
  member.close();
  await pods(0);
  await removeJob(platform.api, "research", "urgent");
  const after = await pods(2);
  expect(after.map(settings)).toEqual([want, want]);
  const uids = before.map(({ metadata }) => metadata?.uid);
  expect(after.filter(({ metadata }) => uids.includes(metadata?.uid))).toEqual([]);
});

test("the team reaches the store, and a team without keys does not", async () => {
  const policies = await platform.api.list<V1NetworkPolicy>(
    "/apis/networking.k8s.io/v1/networkpolicies?fieldSelector=metadata.name%3Dallow-object-store",
  );
  expect(policies.map(({ metadata, spec }) => [metadata?.namespace, spec?.egress])).toEqual([
    ["research", [{ to: [{ ipBlock: { cidr: "192.0.2.0/24" } }], ports: [{ protocol: "TCP", port: 9000 }] }]],
  ]);
  const secret = await platform.api.get<V1Secret>(`${path}/secrets/object-store`);
  const read = Object.entries(secret.data ?? {}).map(([key, value]) => [key, atob(value)]);
  expect(Object.fromEntries(read)).toEqual(keys);
});

test("no key stands in clear in stack file, state, history or what a command prints (F96)", async () => {
  const backend = platform.state.path("pulumi");
  const files = readdirSync(backend, { recursive: true, encoding: "utf8" })
    .map((name) => join(backend, name))
    .filter((name) => statSync(name).isFile())
    .map((name) => readFileSync(name, "utf8"));
  const exported = await pulumi("stack", "export", "--stack", "local");
  const texts = [readFileSync(file, "utf8"), exported, ...outputs, ...files];
  expect(exported).toContain("research-object-store");
  for (const value of Object.values(keys)) {
    for (const form of [value, Buffer.from(value).toString("base64")]) {
      expect(texts.filter((text) => text.includes(form))).toEqual([]);
    }
  }
});

test.each([
  {
    case: "no keys",
    given: [],
    says: "object store: plinth:objectStoreKeys has no keys for team vision",
  },
  {
    case: "another team's keys",
    given: Object.entries(keys),
    says: "object store: teams vision and research have the same accessKeyId",
  },
])("a preview refuses a team with $case, and shows none", async ({ given, says }) => {
  file = platform.stackFile(stack("research", "vision"));
  for (const [key, value] of Object.entries(keys)) await setKey(`research.${key}`, value);
  for (const [key, value] of given) await setKey(`vision.${key}`, value);
  const { code, stdout, stderr } = await platform.run("preview", "--stack-file", file);
  expect([code, `${stdout}${stderr}`]).toEqual([1, expect.stringContaining(says)]);
  expect(`${stdout}${stderr}`).not.toMatch(/^\s+at |AKIAPLINTH|wJalr/m);
});
