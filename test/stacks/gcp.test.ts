import * as pulumi from "@pulumi/pulumi";
import { expect, test, vi } from "vitest";
import { buildGcp, clusterType, makeGcpStack, nodePoolType, ofType } from "../support/gcp-stack.ts";

const names = (resources: Awaited<ReturnType<typeof buildGcp>>["resources"], type: string) =>
  ofType(resources, type).map(({ name }) => name.replace(/-[0-9a-f]{6}$/, ""));

test("one cluster, a node pool in each zone or of each slice, and all of the platform", async () => {
  const { resources, outputs } = await buildGcp();
  expect(names(resources, clusterType)).toEqual(["ai"]);
  expect(names(resources, nodePoolType)).toEqual(["ai-system", "h100-a", "l4-a", "l4-b", "tpu-a0", "tpu-a1"]);
  expect(outputs?.pools).toEqual([
    { name: "h100", accelerator: "nvidia-h100-80gb-sxm", nodes: 4, accelerators: 32 },
    { name: "l4", accelerator: "nvidia-l4", nodes: 4, accelerators: 8 },
    { name: "tpu", accelerator: "google-tpu-v5e", nodes: 8, accelerators: 32 },
  ]);
  expect(outputs?.teams.map(({ name }) => name)).toEqual(["research", "vision"]);
});

test("teams of the store have a folder, and reach the store and who tells them who they are", async () => {
  const { resources } = await buildGcp();
  expect(names(resources, "gcp:storage/managedFolder:ManagedFolder")).toEqual(["ai-research"]);
  const policies = ofType(resources, "kubernetes:networking.k8s.io/v1:NetworkPolicy");
  const store = policies.find(({ name }) => name === "research-allow-object-store");
  const spec = store?.inputs.spec as { egress: unknown } | undefined;
  expect(spec?.egress).toEqual([
    { to: [{ ipBlock: { cidr: "199.36.153.8/30" } }], ports: [{ protocol: "TCP", port: 443 }] },
    { to: [{ ipBlock: { cidr: "169.254.169.254/32" } }], ports: [{ protocol: "TCP", port: 80 }] },
    { to: [{ ipBlock: { cidr: "169.254.169.252/32" } }], ports: [{ protocol: "TCP", port: 988 }] },
  ]);
});

test("a right that is added touches no node (F104)", async () => {
  const stack = makeGcpStack();
  stack.teams[0].memberGroups = ["ml@acme.com"];
  const nodes = async (given: unknown) =>
    ofType((await buildGcp(given)).resources, nodePoolType).map(({ name, inputs }) => [name, inputs]);
  expect(await nodes(stack)).toEqual(await nodes(makeGcpStack()));
});

test("pools with one zone and no reservation are warned of (F102)", async () => {
  const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue(undefined);
  await buildGcp();
  expect(warn.mock.calls.map(([message]) => message.split(":")[0])).toEqual(["pool h100", "pool tpu"]);
  warn.mockRestore();
});

test("nothing in the cluster configures what Google shares; the operator is told", async () => {
  const configured = async (gpuProfile: string) => {
    const stack = Object.assign(makeGcpStack(), { gpuProfile });
    Object.assign(stack.pools[1], { sharing: { mode: "time-slicing", replicas: 4, rename: false } });
    const { resources } = await buildGcp(stack);
    return ofType(resources, "kubernetes:core/v1:ConfigMap")
      .map(({ name }) => name)
      .filter((name) => name.startsWith("gpu"));
  };
  expect(await configured("managed")).toEqual([]);
  expect(await configured("operator")).toEqual([
    "gpu-sharing-plinth-device-plugin",
    "gpu-sharing-plinth-mig",
  ]);
});

test("prefixes by which images come from the project's own repositories", async () => {
  const { outputs } = await buildGcp();
  const prefixes = await new Promise((resolve) => pulumi.output(outputs?.registries).apply(resolve));
  expect(prefixes).toEqual({
    "docker-hub": "us-central1-docker.pkg.dev/acme-ai/ai-docker-hub",
    nvidia: "us-central1-docker.pkg.dev/acme-ai/ai-nvidia",
  });
});
