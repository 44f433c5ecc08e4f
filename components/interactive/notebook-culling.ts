/** Stops notebooks that nobody uses; one for all notebooks of a cluster. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { systemNamespaceLabels } from "../catalogue/labels.ts";
import { images } from "../catalogue/versions.ts";
import type { Cluster } from "../cluster/contract.ts";
import { culler } from "./culler-names.ts";

export interface NotebookCullingArgs {
  cluster: Cluster;
}

export class NotebookCulling extends pulumi.ComponentResource {
  constructor(name: string, args: NotebookCullingArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster } = args;
    super("plinth:interactive:NotebookCulling", name, {}, { ...opts, provider: cluster.provider });
    const options = { parent: this, deleteBeforeReplace: true };
    const namespace = new k8s.core.v1.Namespace(
      name,
      { metadata: { name: culler.namespace, labels: { ...systemNamespaceLabels } } },
      options,
    );
    const inside = { ...options, dependsOn: [namespace] };
    const metadata = (object: string) => ({ name: object, namespace: culler.namespace });
    const account = new k8s.core.v1.ServiceAccount(name, { metadata: metadata(culler.account) }, inside);
    const role = new k8s.rbac.v1.ClusterRole(
      name,
      { metadata: { name: culler.account }, rules: [listNotebooks] },
      options,
    );
    const binding = new k8s.rbac.v1.ClusterRoleBinding(
      name,
      {
        metadata: { name: culler.account },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: culler.account },
        subjects: [{ kind: "ServiceAccount", name: culler.account, namespace: culler.namespace }],
      },
      { ...options, dependsOn: [account, role] },
    );
    const program = new k8s.core.v1.ConfigMap(
      name,
      { metadata: metadata(culler.account), data: programFiles() },
      inside,
    );
    new k8s.apps.v1.Deployment(
      name,
      { metadata: metadata(culler.account), spec: deploymentSpec(cluster) },
      { ...inside, dependsOn: [namespace, binding, program] },
    );
    this.registerOutputs({});
  }
}

/** What else it may do, each notebook grants for itself. */
const listNotebooks = { apiGroups: ["apps"], resources: ["statefulsets"], verbs: ["list"] };

/** Files of the program as they lie in the library, so that each finds the others; by key. */
const files: Readonly<Record<string, string>> = {
  main: "interactive/culler/main.ts",
  culler: "interactive/culler/culler.ts",
  idleness: "interactive/culler/idleness.ts",
  jupyter: "interactive/culler/jupyter.ts",
  kube: "interactive/culler/kube.ts",
  labels: "catalogue/labels.ts",
};

/** Node runs TypeScript as it is; the extra file says that these are modules. */
function programFiles(): Record<string, string> {
  const texts = Object.entries(files).map(([key, path]) => [
    key,
    readFileSync(new URL(`../${path}`, import.meta.url), "utf8"),
  ]);
  return { ...Object.fromEntries(texts), package: '{ "type": "module" }' };
}

/** A pod reads its program once: another program needs another pod. */
function digest(texts: Readonly<Record<string, string>>): string {
  return createHash("sha256").update(JSON.stringify(texts)).digest("hex");
}

const directory = "/program";

/** One at a time: two would only ask twice. */
function deploymentSpec({ systemPlacement, podProxy }: Cluster) {
  const items = Object.entries({ ...files, package: "package.json" }).map(([key, path]) => ({ key, path }));
  const size = { cpu: "100m", memory: "256Mi" };
  return {
    strategy: { type: "Recreate" },
    selector: { matchLabels: culler.labels },
    template: {
      metadata: { labels: { ...culler.labels }, annotations: { [culler.program]: digest(programFiles()) } },
      spec: {
        ...systemPlacement,
        tolerations: [...systemPlacement.tolerations],
        nodeSelector: { ...systemPlacement.nodeSelector },
        serviceAccountName: culler.account,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: 5,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 1000,
          runAsGroup: 1000,
          seccompProfile: { type: "RuntimeDefault" },
        },
        containers: [
          {
            name: "culler",
            image: images.node.reference,
            command: ["/usr/local/bin/node", `${directory}/${files.main}`],
            env: podProxy === undefined ? [] : [{ name: "HTTP_PROXY", value: podProxy }],
            resources: { requests: size, limits: size },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ["ALL"] },
            },
            volumeMounts: [{ name: "program", mountPath: directory, readOnly: true }],
          },
        ],
        volumes: [{ name: "program", configMap: { name: culler.account, items } }],
      },
    },
  };
}
