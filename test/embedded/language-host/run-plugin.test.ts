/** Policy packs and a provider written for Node, run by the real engine through the host. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type PulumiWorkspace, pulumiWorkspace } from "../../support/pulumi-cli.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const program = `
import * as pulumi from "@pulumi/pulumi";
class Pool extends pulumi.ComponentResource {
  constructor(name: string, args: { size: number }) {
    super("demo:index:Pool", name, args);
    this.registerOutputs({});
  }
}
new Pool("h100", { size: 4 });
`;

/** An ES module written in TypeScript: index.js only imports it, so Node strips its types itself. */
const pack = (largest: number, extra = "") => ({
  "PulumiPolicy.yaml": "runtime: nodejs\n",
  "package.json": '{"name":"pack","version":"0.0.1","type":"module","main":"index.js"}',
  "index.js": 'import "./pack.ts";\n',
  "pack.ts": `
import { PolicyPack } from "@pulumi/policy";
import { limit } from "./limit.ts";
${extra}
new PolicyPack("pool-sizes", { policies: [limit(${largest})] });
`,
  "limit.ts": `
import type { ResourceValidationPolicy } from "@pulumi/policy";
export const limit = (largest: number): ResourceValidationPolicy => ({
  name: "pool-limit-size",
  description: "A pool stays small.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, props, name }, report) => {
    if (type !== "demo:index:Pool") return;
    if (props.size > largest) {
      report(\`\${name} has \${props.size} nodes, allowed are \${largest}, in \${process.cwd()}\`);
    }
  },
});
`,
});

let workspace: PulumiWorkspace;
beforeAll(async () => {
  workspace = await pulumiWorkspace({ "index.ts": program });
});
afterAll(() => workspace.remove());

function preview(files: Readonly<Record<string, string>>) {
  const directory = join(workspace.directory, "pack");
  mkdirSync(directory, { recursive: true });
  for (const [path, content] of Object.entries(files)) writeFileSync(join(directory, path), content);
  return workspace.run(["preview", "--policy-pack", directory]);
}

test("a pack that is content", async () => {
  const { code, output } = await preview(pack(4));
  expect(output).toContain("pool-sizes@v0.0.1");
  expect(output).not.toContain("pool-limit-size");
  expect(code).toBe(0);
});

test("a pack that refuses stops the update, and runs in its own directory", async () => {
  const { code, output } = await preview(pack(3));
  const directory = join(workspace.directory, "pack");
  expect(output).toContain(`h100 has 4 nodes, allowed are 3, in ${directory}`);
  expect(output).toMatch(/\[mandatory\] +pool-limit-size +\(demo:index:Pool: h100\)/);
  expect(code).toBeGreaterThan(0);
});

test.each([
  { case: "throws while it loads", extra: 'throw new Error("no rules today");', want: "no rules today" },
  { case: "exits while it loads", extra: "process.exit(3);", want: "exit status 3" },
])("a pack that $case", async ({ extra, want }) => {
  const { code, output } = await preview(pack(4, extra));
  expect(output).toContain(want);
  expect(code).toBeGreaterThan(0);
});

test("a pack in JavaScript that leaves TypeScript's options alone", async () => {
  const { code, output } = await preview({
    ...pack(3),
    "package.json": '{"name":"pack","version":"0.0.2","main":"index.js"}',
    "index.js": `
const { PolicyPack } = require("@pulumi/policy");
new PolicyPack("plain", { policies: [] });
`,
  });
  expect(output).toContain("plain@v0.0.2");
  expect(code).toBe(0);
});

test("a provider that lies beside the program", async () => {
  const provider = await pulumiWorkspace({
    "Pulumi.yaml":
      "name: demo\nruntime: {name: nodejs, options: {typescript: false}}\n" +
      "plugins: {providers: [{name: pools, path: provider}]}\n",
    "index.ts": `
import * as pulumi from "@pulumi/pulumi";
const options = { version: "0.1.0" };
export const made = new pulumi.CustomResource("pools:index:Pool", "h100", { size: 4 }, options).id;
`,
    "provider/PulumiPlugin.yaml": "runtime: nodejs\n",
    "provider/package.json": '{"name":"pools","version":"0.1.0","main":"index.js"}',
    "provider/index.js": `
const { provider } = require("@pulumi/pulumi");
const create = async (urn, inputs) => ({ id: \`pool-of-\${inputs.size}\`, outs: inputs });
provider.main({ version: "0.1.0", schema: "{}", create }, process.argv.slice(2));
`,
  });
  const { code, output } = await provider.run(["up", "--yes", "--skip-preview"]);
  provider.remove();
  expect(output).toMatch(/made *: "pool-of-4"/);
  expect(code).toBe(0);
});
