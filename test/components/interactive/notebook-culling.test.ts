import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { localCluster, NotebookCulling } from "../../../components/index.ts";
import { installation } from "../../support/builders.ts";
import { record } from "../../support/record.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

async function build(podProxy?: string) {
  const topology = { nodesPerRack: 2, racksPerBlock: 4 };
  const machine = { ...installation, ...(podProxy ? { podProxy } : {}) };
  const resources = await record(() => {
    new NotebookCulling("culling", { cluster: localCluster("local", { installation: machine, topology }) });
  });
  return (kind: string) =>
    resources.find(({ type }) => type.endsWith(`:${kind}`))?.inputs as unknown as Inputs;
}

interface Inputs {
  readonly metadata: { readonly name: string; readonly labels: object };
  readonly data: Readonly<Record<string, string>>;
  readonly rules: readonly object[];
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
      readonly spec: {
        readonly containers: readonly {
          readonly command: readonly string[];
          readonly env: readonly object[];
        }[];
        readonly volumes: readonly {
          readonly configMap: { readonly items: readonly { key: string; path: string }[] };
        }[];
      };
    };
  };
}

test("a pod of the platform on its own node, restricted", async () => {
  const of = await build();
  expect(of("Namespace").metadata).toEqual({
    name: "notebook-system",
    labels: {
      "plinth.dev/system": "true",
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/enforce-version": "latest",
    },
  });
  expect(of("Deployment").spec.template.spec).toMatchObject({
    nodeSelector: { "plinth.dev/host": "true" },
    tolerations: [{ key: "plinth.dev/host", operator: "Equal", value: "true", effect: "NoSchedule" }],
    serviceAccountName: "notebook-culler",
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        image: "docker.io/library/node:24.21.0-slim",
        env: [],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      },
    ],
  });
});

test("for itself it may only list; each notebook grants the rest", async () => {
  const of = await build();
  expect(of("ClusterRole").rules).toEqual([
    { apiGroups: ["apps"], resources: ["statefulsets"], verbs: ["list"] },
  ]);
});

test("pods of simulated nodes are asked by way of a proxy, where there is one", async () => {
  const of = await build("http://127.0.0.1:8889");
  const [container] = of("Deployment").spec.template.spec.containers;
  expect(container?.env).toEqual([{ name: "HTTP_PROXY", value: "http://127.0.0.1:8889" }]);
});

test("another program is another pod", async () => {
  const of = await build();
  const { annotations } = of("Deployment").spec.template.metadata;
  expect(annotations["plinth.dev/program"]).toMatch(/^[0-9a-f]{64}$/);
});

test("the mounted files are a whole program: Node runs them, and they find each other", async () => {
  const of = await build();
  const [container] = of("Deployment").spec.template.spec.containers;
  const [volume] = of("Deployment").spec.template.spec.volumes;
  const directory = temporaryDirectory();
  for (const { key, path } of volume?.configMap.items ?? []) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), of("ConfigMap").data[key] ?? "");
  }
  const main = (container?.command[1] ?? "").replace("/program", directory);
  // Without a cluster it says so, and goes on until it is told to stop.
  const program = spawn(process.execPath, [main], { stdio: ["ignore", "pipe", "pipe"], env: {} });
  let errors = "";
  program.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const [line] = await once(program.stdout, "data");
  program.kill();
  const [code] = await once(program, "close");
  expect(String(line)).toMatch(/ENOENT.*serviceaccount/);
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
});
