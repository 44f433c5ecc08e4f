/** The stack on Google Cloud under the real engine: a stand-in for it, the embedded API server for GKE. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { charts } from "../../components/catalogue/versions.ts";
import { type ChartRepository, serveCharts } from "../support/chart-repository.ts";
import { CloudPlatform } from "../support/cloud/cloud-platform.ts";
import { gcpEdits, gcpRefusedEdits } from "../support/cloud/gcp-edits.ts";
import { clusterType, makeGcpStack, nodePoolType } from "../support/gcp-stack.ts";
import { plainPulumi } from "../support/plain-pulumi.ts";

let cloud: CloudPlatform;
let repository: ChartRepository;

beforeAll(async () => {
  repository = await serveCharts([{ name: charts.kueue.name, version: charts.kueue.version }]);
  cloud = await CloudPlatform.start("gcp");
  cloud.loginCommand("gke-gcloud-auth-plugin");
  const { server, authority } = cloud.login;
  const endpoint = server.replace("https://", "");
  cloud.clouds.give("gcp", {
    [clusterType]: { endpoint, masterAuth: { clusterCaCertificate: authority } },
  });
});
afterAll(async () => {
  await cloud?.remove();
  await repository?.close();
});

/** No node is there that a job could run on; and this machine has no authority that the public trusts. */
function makeStack() {
  const authorizedNetworks = [{ name: "builders", cidr: "10.200.0.0/24" }];
  const { jobs: _, ...stack } = makeGcpStack();
  return {
    ...stack,
    chartMirror: repository.url,
    controlPlane: { endpoint: "private", authorizedNetworks },
  };
}

function nodePools(): string[] {
  const found = cloud.clouds.existing("gcp")[nodePoolType] ?? [];
  return found.map((name) => name.replace(/-[0-9a-f]{6,7}$/, "")).sort();
}

test("the shipped stack is previewed before anything exists, and comes up whole", async () => {
  const steps = await cloud.steps(makeStack());
  expect(steps.filter((step) => !step.startsWith("create "))).toEqual([]);
  const up = await cloud.up(makeStack());
  expect(up.code, up.stdout + up.stderr).toBe(0);
  expect(cloud.clouds.existing("gcp")[clusterType]).toEqual(["ai"]);
  expect(nodePools()).toEqual(["ai-system", "h100-a", "l4-a", "l4-b", "tpu-a0", "tpu-a1"]);
  const queues: { metadata: { name: string } }[] = await cloud.platform.api.list(
    "/apis/kueue.x-k8s.io/v1beta2/clusterqueues",
  );
  expect(queues.map(({ metadata }) => metadata.name).sort()).toEqual([
    "research-h100",
    "research-tpu",
    "vision-h100",
    "vision-l4",
  ]);
});

describe("an edit replaces no cluster and no pool in place (F104, F106)", () => {
  test.each(gcpEdits)("$edit", async ({ change, want }) => {
    const stack = makeStack();
    change(stack as never);
    expect(await cloud.steps(stack)).toEqual([...want].sort());
  });
});

describe("addresses, region and project are fixed, and preview says so before anything is touched", () => {
  test.each(gcpRefusedEdits)("$edit", async ({ change, path, given, allowed }) => {
    const stack = makeStack();
    change(stack as never);
    const { code, stdout } = await cloud.preview(stack);
    expect(code).not.toBe(0);
    const { diagnostics }: { diagnostics: { message: string }[] } = JSON.parse(stdout);
    const told = diagnostics.map(({ message }) => message).join("\n");
    expect(told).toContain('cluster "ai": 1 problem in the configuration');
    expect(told).toContain(`  ${path}\n    given    ${given}\n    allowed  ${allowed}, which`);
  });

  test("an update refuses it too, before anything else, and nothing is changed", async () => {
    const stack = makeStack();
    Object.assign(stack, { network: { pods: "10.32.0.0/12" } });
    const { code, stdout, stderr } = await cloud.up(stack);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain("10.64.0.0/12, which the cluster was made with");
    expect(await cloud.steps(makeStack())).toEqual([]);
  });
});

test("a team that goes and comes back finds its folder, and what is in it", async () => {
  const without = makeStack();
  without.teams = without.teams.map(({ objectStore: _, ...team }: { objectStore?: boolean }) => team);
  for (const stack of [without, makeStack()]) {
    const up = await cloud.up(stack);
    expect(up.code, up.stdout + up.stderr).toBe(0);
  }
  expect(cloud.clouds.existing("gcp")["gcp:storage/managedFolder:ManagedFolder"]).toEqual(["research/"]);
});

test("a new generation is there before the old one goes (F106)", async () => {
  const stack = makeStack();
  Object.assign(stack.pools[1], { diskGiB: 300 });
  const up = await cloud.up(stack);
  expect(up.code, up.stdout + up.stderr).toBe(0);
  const order = (up.stdout + up.stderr)
    .split("\n")
    .flatMap((line) => /:NodePool l4-[ab]-[0-9a-f]{6} (created|deleted)\b/.exec(line)?.[1] ?? []);
  expect(order).toEqual(["created", "created", "deleted", "deleted"]);
  expect(nodePools()).toEqual(["ai-system", "h100-a", "l4-a", "l4-b", "tpu-a0", "tpu-a1"]);
});

test("a pool of reserved machines does not go by an edit (F106)", async () => {
  const reserved = makeStack();
  const capacity = { type: "reservation", reservation: "h100s", placementPolicy: "near" };
  Object.assign(reserved.pools[0], { capacity });
  const up = await cloud.up(reserved);
  expect(up.code, up.stdout + up.stderr).toBe(0);
  Object.assign(reserved.pools[0], { driver: "LATEST" });
  const { code, stdout, stderr } = await cloud.preview(reserved);
  expect(code).not.toBe(0);
  expect(stdout + stderr).toMatch(/h100-a-[0-9a-f]{6}.*protected/s);
});

test("the state knows how to log in, and nothing to log in with (F96)", async () => {
  const args = ["stack", "export", "--stack", "gcp", "--show-secrets"];
  const { code, stdout } = await plainPulumi(cloud.platform, args);
  expect(code).toBe(0);
  const { certificate, key } = cloud.login;
  const secrets = [certificate, key].map((pem) => pem.split("\n")[1] ?? "");
  expect(stdout).toContain("gke-gcloud-auth-plugin");
  expect(secrets.filter((secret) => secret === "" || stdout.includes(secret))).toEqual([]);
});
