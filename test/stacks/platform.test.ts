import { expect, test, vi } from "vitest";
import { installation, makeStack } from "../support/builders.ts";
import { buildLocal as build, shipped } from "../support/local-stack.ts";

vi.mock("../../embedded/installation.ts", () => ({ readInstallation: () => installation }));

test("nobody watches over nodes unless the stack file says so, and then by its settings", async () => {
  const { resources } = await build(shipped);
  expect(resources.filter(({ type }) => type.includes("NodeHealth"))).toEqual([]);
  const watched = (await build({ ...shipped, nodeHealth: { maxUnavailable: 2 } })).resources;
  const added = watched.filter(({ name }) => !resources.some((known) => known.name === name));
  expect(added.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`)).toEqual([
    "Deployment node-health-controller",
    "Namespace node-health",
    "ServiceAccount node-health-account",
    "ClusterRole node-health-role",
    "ClusterRoleBinding node-health-binding",
    "NodeHealth node-health",
  ]);
});

test("replicas are stated nowhere, and nothing scales anything (F128)", async () => {
  const { resources } = await build(shipped);
  const stated = resources.filter(({ inputs }) => JSON.stringify(inputs).includes('"replicas"'));
  expect(stated).toEqual([]);
  expect(resources.filter(({ type }) => type.includes("Autoscaler"))).toEqual([]);
});

test("a stack with a shared pool tells the GPU Operator so, and counts slices in its outputs", async () => {
  const stack = makeStack();
  Object.assign(stack.pools[1], {
    accelerator: "nvidia-h100-80gb-sxm",
    acceleratorsPerNode: 8,
    sharing: { mode: "mig", layouts: [{ nodes: 2, profiles: { "3g.40gb": 2 } }] },
  });
  Object.assign(stack.teams[1].quotas[1] ?? {}, { profile: "3g.40gb", accelerators: 32 });
  const { resources, outputs } = await build(stack);
  const maps = resources.filter(({ type }) => type === "kubernetes:core/v1:ConfigMap");
  expect(maps.map(({ name, parent }) => `${parent} ${name}`)).toEqual([
    "plinth:gpu:GpuSharing gpu-sharing gpu-sharing-plinth-device-plugin",
    "plinth:gpu:GpuSharing gpu-sharing gpu-sharing-plinth-mig",
  ]);
  expect(outputs?.pools[1]).toEqual({
    name: "l40s",
    accelerator: "nvidia-h100-80gb-sxm",
    nodes: 2,
    accelerators: 16,
  });
  expect(outputs?.queues.find(({ name }) => name === "vision-l40s")?.nominal).toBe(32);
});
