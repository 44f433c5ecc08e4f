/** Where the real scheduler puts pods: by each of its profiles, parts of accelerators and whole ones. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { claimManifest, nodeManifest, podManifest } from "../../bench/support/openb/manifests.ts";
import { createNodes } from "../../bench/support/openb/scheduled-cluster.ts";
import { deviceClassObject, driverClasses } from "../../components/catalogue/dra.ts";
import { resourceSlices } from "../../components/cluster/local-devices.ts";
import { podClaim } from "../../components/planning/claims.ts";
import { claimTemplateManifest } from "../../components/training/claim-template.ts";
import { projectDirectory } from "../../embedded/platform.ts";
import type { ResourceClaim, SchedulablePod } from "../../embedded/scheduler-extender/kube-objects.ts";
import { eventually, TestPlatform } from "../support/platform.ts";

const pods = "/api/v1/namespaces/openb/pods";
const claims = "/apis/resource.k8s.io/v1/namespaces/openb/resourceclaims";
const half = { cpuMilli: 1000, memoryMiB: 1024, gpus: 1, gpuMilli: 500, models: [] };
const node = { model: "T4", cpuMilli: 64_000, memoryMiB: 262_144, gpuMilli: [1000, 1000] };

let platform: TestPlatform;
let extender: ChildProcess;

beforeAll(async () => {
  const port = await freePort();
  platform = new TestPlatform({ PLINTH_SCHEDULER_EXTENDER: `http://127.0.0.1:${port}` });
  await platform.must("cluster", "up");
  await createNodes(platform.api, [
    { ...node, name: "one" },
    { ...node, name: "two" },
  ]);
  for (const name of ["plugin-one", "plugin-two"])
    await platform.api.create("/api/v1/nodes", pluginNode(name));
  const main = join(projectDirectory, "embedded", "scheduler-extender", "main.ts");
  extender = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, String(port)], {
    env: { ...process.env, PLINTH_STATE_DIR: platform.state.root },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [address] = await once(extender.stdout as NonNullable<ChildProcess["stdout"]>, "data");
  expect(String(address)).toBe(`http://127.0.0.1:${port}\n`);
});
afterAll(async () => {
  const ended = once(extender, "exit");
  extender.kill();
  expect((await ended)[0]).toBe(0);
  await platform.remove();
});

test("parts of accelerators: the extender fills one before it breaks the next", async () => {
  const placed: string[] = [];
  for (const name of ["waste-1", "waste-2", "waste-3", "waste-4"]) {
    placed.push(await place(name, "plinth-waste"));
  }
  expect(new Set(placed).size).toBe(1);
  const devices = await Promise.all(["waste-1", "waste-2", "waste-3", "waste-4"].map(claimed));
  expect(devices).toEqual([
    ["gpu-0", "500"],
    ["gpu-0", "500"],
    ["gpu-1", "500"],
    ["gpu-1", "500"],
  ]);
  await clear();
});

const parts = {
  accelerator: "nvidia-h100-80gb-sxm",
  nodes: 1,
  acceleratorsPerNode: 1,
  sharing: { mode: "dra", devices: "partitions" },
} as const;

test("partitions of our pools: a broken accelerator is filled before a whole one breaks", async () => {
  await platform.api.create(
    "/apis/resource.k8s.io/v1/deviceclasses",
    deviceClassObject(driverClasses.partitions),
  );
  for (const name of ["parts-one", "parts-two"]) {
    await platform.api.create("/api/v1/nodes", nodeManifest({ ...node, name, gpuMilli: [] }));
    for (const slice of resourceSlices(name, parts))
      await platform.api.create("/apis/resource.k8s.io/v1/resourceslices", slice);
  }
  const placed: string[] = [];
  for (const [name, profile] of [
    ["small", "1g.10gb"],
    ["medium", "3g.40gb"],
    ["more", "2g.20gb"],
    ["whole", "7g.80gb"],
  ] as const) {
    placed.push(await place(name, "plinth-waste", partition(profile)));
  }
  const [first] = placed;
  expect(placed).toEqual([first, first, first, first === "parts-one" ? "parts-two" : "parts-one"]);
  await clear();
});

/** As the platform's jobs claim one. */
function partition(profile: string) {
  const claim = podClaim(parts, { acceleratorsPerNode: 1, profile });
  if (!claim) throw new Error(`${profile} is no profile of the pool`);
  const template = { name: "part", namespace: "openb", labels: {}, pool: parts, claim };
  return claimTemplateManifest(template).spec.spec;
}

test("a pod that names no profile is spread, as without the platform", async () => {
  const first = await place("spread-1", "default-scheduler");
  expect(await place("spread-2", "default-scheduler")).not.toBe(first);
  await clear();
});

test.each([
  { schedulerName: "plinth-packing", want: 1 },
  { schedulerName: "default-scheduler", want: 2 },
])("whole accelerators of a device plugin: $schedulerName uses $want of two nodes", async (row) => {
  const placed = [];
  for (const name of ["plugin-1", "plugin-2"]) placed.push(await placePlugin(name, row.schedulerName));
  expect(new Set(placed).size).toBe(row.want);
  await clear();
});

async function place(name: string, schedulerName: string, spec?: object): Promise<string> {
  const claim = claimManifest(name, half);
  await platform.api.create(claims, spec ? { ...claim, spec } : claim);
  await platform.api.create(pods, podManifest(name, schedulerName, half));
  return nodeOf(name);
}

async function placePlugin(name: string, schedulerName: string): Promise<string> {
  const manifest = podManifest(name, schedulerName, { ...half, gpus: 0, gpuMilli: 0 });
  const resources = { limits: { "nvidia.com/gpu": "1" }, requests: { cpu: "1", memory: "1Gi" } };
  const containers = [{ name: "main", image: "main", resources }];
  await platform.api.create(pods, { ...manifest, spec: { ...manifest.spec, containers } });
  return nodeOf(name);
}

async function nodeOf(name: string): Promise<string> {
  const found = await eventually(
    () => platform.api.get<SchedulablePod>(`${pods}/${name}`),
    ({ spec }) => spec?.nodeName !== undefined,
  );
  return found.spec?.nodeName ?? "";
}

/** The device that the scheduler chose, and how much of it. */
async function claimed(name: string) {
  const { status } = await platform.api.get<ResourceClaim>(`${claims}/${name}`);
  const [result] = status?.allocation?.devices?.results ?? [];
  return [result?.device, result?.consumedCapacity?.milli];
}

async function clear(): Promise<void> {
  for (const { metadata } of await platform.api.list<SchedulablePod>(pods)) {
    await platform.api.remove(`${pods}/${metadata?.name}`, { gracePeriodSeconds: 0 });
  }
  await eventually(
    () => platform.api.list(pods),
    (left) => left.length === 0,
  );
  for (const { metadata } of await platform.api.list<ResourceClaim>(claims)) {
    await platform.api.remove(`${claims}/${metadata?.name}`);
  }
  await eventually(
    () => platform.api.list(claims),
    (left) => left.length === 0,
  );
}

/** A node whose accelerators a device plugin counts. */
function pluginNode(name: string) {
  const manifest = nodeManifest({ ...node, name, gpuMilli: [] });
  const size = { ...manifest.status.allocatable, "nvidia.com/gpu": "4" };
  return { ...manifest, status: { capacity: size, allocatable: size } };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
