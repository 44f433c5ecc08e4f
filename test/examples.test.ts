/** Every example runs under mocks as it stands, and makes what it says. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { told } from "./support/aws-cluster.ts";
import { installation } from "./support/builders.ts";
import { record } from "./support/record.ts";
import { makeInventory } from "./support/site.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

vi.mock("../components/cluster/onprem-inventory.ts", () => ({ readInventory: async () => makeInventory() }));
vi.mock("../embedded/installation.ts", () => ({ readInstallation: () => installation }));

function kinds(resources: Awaited<ReturnType<typeof record>>, ...wanted: string[]) {
  return wanted.map((type) => [type, resources.filter((resource) => resource.type === type).length]);
}

test("local: a pool of four nodes and a gang of a team", async () => {
  const resources = await record(() => import("../examples/local.ts"));
  const wanted = ["kubernetes:core/v1:Node", "plinth:tenancy:Team", "kubernetes:batch/v1:Job"];
  expect(kinds(resources, ...wanted)).toEqual([
    ["kubernetes:core/v1:Node", 4],
    ["plinth:tenancy:Team", 1],
    ["kubernetes:batch/v1:Job", 1],
  ]);
});

test("planning: one L40S is refused, and the cheapest way to serve comes first", async () => {
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  const { refused, ranked } = await import("../examples/planning.ts");
  vi.restoreAllMocks();
  expect(refused.map(({ path }) => path)).toEqual([["model", "accelerator"]]);
  const costs = ranked.map(({ usdPerMonth }) => usdPerMonth);
  expect(costs.length).toBeGreaterThan(3);
  expect(costs).toEqual([...costs].sort((a, b) => a - b));
});

test("aws and gcp: a control plane, a pool of machines, and the team in it", async () => {
  const onAws = await record(() => import("../examples/aws.ts"), told);
  expect(kinds(onAws, "aws:eks/cluster:Cluster", "plinth:tenancy:Team")).toEqual([
    ["aws:eks/cluster:Cluster", 1],
    ["plinth:tenancy:Team", 1],
  ]);
  const onGcp = await record(() => import("../examples/gcp.ts"));
  expect(kinds(onGcp, "gcp:container/cluster:Cluster", "plinth:tenancy:Team")).toEqual([
    ["gcp:container/cluster:Cluster", 1],
    ["plinth:tenancy:Team", 1],
  ]);
});

test("onprem: nodes that exist already are labelled, and the team is in", async () => {
  const kubeconfig = join(temporaryDirectory(), "kubeconfig");
  writeFileSync(kubeconfig, "apiVersion: v1\nkind: Config\n");
  vi.stubEnv("KUBECONFIG", kubeconfig);
  const resources = await record(() => import("../examples/onprem.ts"));
  vi.unstubAllEnvs();
  expect(kinds(resources, "kubernetes:core/v1:NodePatch", "plinth:tenancy:Team")).toEqual([
    ["kubernetes:core/v1:NodePatch", 2],
    ["plinth:tenancy:Team", 1],
  ]);
});
