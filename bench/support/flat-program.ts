/** A Pulumi program without components or policies that registers the very objects of a stack that is up. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectDirectory } from "../../embedded/platform.ts";

export interface FlatObject {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  /** Names of the objects it depends on. */
  readonly dependsOn: readonly string[];
}

interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly custom?: boolean;
  readonly inputs?: Record<string, unknown>;
  readonly dependencies?: readonly string[];
}

/** The Kubernetes objects of an exported deployment, with the edges between them. */
export function flatObjects(resources: readonly StateResource[]): FlatObject[] {
  const objects = resources.filter(({ custom, type }) => custom && type.startsWith("kubernetes:"));
  const nameOf = (urn: string) => urn.slice(urn.lastIndexOf("::") + 2);
  // An edge to a component stands for edges to all that it made.
  const expand = (urn: string): string[] => {
    if (objects.some((object) => object.urn === urn)) return [nameOf(urn)];
    const { type } = resources.find((resource) => resource.urn === urn) ?? {};
    return objects
      .filter((object) => type && object.urn.includes(`${type}$`))
      .map((object) => nameOf(object.urn));
  };
  return objects.map(({ urn, type, inputs = {}, dependencies = [] }) => ({
    type,
    name: nameOf(urn),
    inputs: withoutSecretMarks(inputs) as Record<string, unknown>,
    dependsOn: dependencies.flatMap(expand),
  }));
}

/** A project directory with the flat program; the kubeconfig comes from the environment. */
export class FlatProgram {
  readonly directory = mkdtempSync(join(tmpdir(), "plinth-flat-"));

  constructor(objects: readonly FlatObject[]) {
    const write = (file: string, content: string) => writeFileSync(join(this.directory, file), content);
    write("Pulumi.yaml", "name: flat\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n");
    write("package.json", JSON.stringify({ type: "module", main: "index.ts" }));
    write("objects.json", JSON.stringify(objects));
    write("index.ts", program);
    symlinkSync(join(projectDirectory, "node_modules"), join(this.directory, "node_modules"));
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const program = `import { readFileSync } from "node:fs";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const provider = new k8s.Provider("flat", {
  kubeconfig: process.env.KUBECONFIG,
  clusterIdentifier: "flat",
  enableServerSideApply: true,
  kubeClientSettings: { qps: 500, burst: 1000 },
});
const made = new Map();
for (const { type, name, inputs, dependsOn } of JSON.parse(readFileSync("objects.json", "utf8"))) {
  const opts = { provider, dependsOn: dependsOn.map((other) => made.get(other)) };
  made.set(name, new pulumi.CustomResource(type, name, inputs, opts));
}
`;

/** \`--show-secrets\` exports a secret as an object that carries its plain text beside a signature. */
function withoutSecretMarks(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutSecretMarks);
  const plaintext = Reflect.get(value, "plaintext");
  if (typeof plaintext === "string") return withoutSecretMarks(JSON.parse(plaintext));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecretMarks(inner)]));
}
