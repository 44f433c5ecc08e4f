/** Which plugins the engine is told about, so that it never looks for one that no resource needs. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { packageDependency, requiredPackages } from "../../../embedded/language-host/required-packages.ts";
import { packageTree } from "../../support/package-tree.ts";
import { pulumiWorkspace } from "../../support/pulumi-cli.ts";

vi.setConfig({ testTimeout: 60_000 });

let root: string;
afterEach(() => rmSync(root, { recursive: true, force: true }));

const tree = {
  "": { dependencies: { "@pulumi/aws": "7", "@pulumi/kubernetes": "4", helper: "1" } },
  "node_modules/@pulumi/aws": { name: "@pulumi/aws", version: "7.0.0", pulumi: { resource: true } },
  "node_modules/@pulumi/kubernetes": {
    name: "@pulumi/kubernetes",
    version: "4.2.0",
    pulumi: { resource: true },
  },
  "node_modules/helper": { name: "helper", version: "1.0.0", dependencies: { "@acme/dns": "1" } },
  "node_modules/@acme/dns": {
    name: "@acme/dns",
    version: "1.0.0",
    pulumi: { resource: true, name: "dns", version: "v1.3.0", server: "https://acme.example" },
  },
  "node_modules/@pulumi/unused": { name: "@pulumi/unused", version: "1.0.0", pulumi: { resource: true } },
};

test.each([
  { case: "no plugin is present", cached: [], onPath: [], want: [] },
  {
    case: "plugins in the cache, also of a dependency's dependency",
    cached: ["resource-kubernetes-v4.2.0", "resource-dns-v1.3.0", "resource-unused-v1.0.0"],
    onPath: [],
    want: ["kubernetes v4.2.0 ", "dns v1.3.0 https://acme.example"],
  },
  { case: "another version in the cache", cached: ["resource-kubernetes-v4.1.0"], onPath: [], want: [] },
  { case: "a plugin on PATH", cached: [], onPath: ["pulumi-resource-aws"], want: ["aws v7.0.0 "] },
])("$case", ({ cached, onPath, want }) => {
  root = packageTree(tree);
  for (const plugin of cached) mkdirSync(join(root, "home", "plugins", plugin), { recursive: true });
  mkdirSync(join(root, "bin"));
  for (const plugin of onPath) writeFileSync(join(root, "bin", plugin), "");
  const environment = { PULUMI_HOME: join(root, "home"), PATH: `:${join(root, "bin")}` };
  const named = requiredPackages(root, environment).map(
    (plugin) => `${plugin.getName()} ${plugin.getVersion()} ${plugin.getServer()}`,
  );
  expect(named).toEqual(want);
});

test("a package that was generated for one use carries what it was generated from", () => {
  root = packageTree({});
  const parameterization = { name: "random", version: "3.5.1", value: "eyJ9" };
  const names = { dependencies: {}, optionalDependencies: {}, devDependencies: {} };
  const pulumi = { resource: true, name: "terraform-provider", version: "0.8.0", parameterization };
  const dependency = packageDependency({ ...names, name: "random", version: "3.5.1", pulumi });
  expect(dependency?.getName()).toBe("terraform-provider");
  expect(dependency?.getVersion()).toBe("v0.8.0");
  expect(dependency?.getParameterization()?.toObject()).toEqual(parameterization);
});

test("SDKs of clouds that the program does not use make the engine fetch nothing", async () => {
  const dependencies = { "@pulumi/aws": "*", "@pulumi/gcp": "*", "@pulumi/pulumi": "*" };
  const workspace = await pulumiWorkspace({
    "package.json": JSON.stringify({ type: "module", main: "index.ts", dependencies }),
    "index.ts": "export const answer = 42;",
  });
  const { code, output } = await workspace.run(["preview"], {
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "false",
  });
  workspace.remove();
  expect(output).not.toMatch(/download|install/i);
  expect(code).toBe(0);
});
