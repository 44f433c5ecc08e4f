/** What the embedded cluster itself holds before any stack: definitions of kinds, rights of KWOK, a guard. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { hostNode, platformLabels, simulatedDisks } from "../../components/catalogue/labels.ts";
import type { KubeApi, KubeObject } from "./kube-api.ts";

interface CustomResourceDefinition extends KubeObject {
  spec: {
    group: string;
    names: { plural: string };
    conversion?: unknown;
    versions: { name: string; served: boolean; storage: boolean }[];
  };
  status?: { conditions?: { type: string; status: string }[] };
}

const establishTimeoutMs = 180_000;
const definitionsPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/**
 * Definitions of kinds belong to the cluster, not to a stack: they are there before the first preview, so
 * that the API server validates every custom resource in it (F54), and no stack's destroy deletes them.
 */
export async function applyDefinitions(api: KubeApi, directory: string): Promise<void> {
  const definitions = readdirSync(directory)
    .filter((file) => file.endsWith(".yaml") && file !== "kustomization.yaml")
    .map((file) => onlyStoredVersion(parse(readFileSync(join(directory, file), "utf8"))));
  await Promise.all(
    definitions.map((definition) => api.apply(`${definitionsPath}/${definition.metadata?.name}`, definition)),
  );
  await Promise.all(definitions.map((definition) => untilServed(api, definition)));
}

/** Serves only the stored version: no conversion webhook is then needed to read or delete an object. */
export function onlyStoredVersion(definition: CustomResourceDefinition): CustomResourceDefinition {
  const { status: _, spec, ...rest } = definition;
  return {
    ...rest,
    spec: {
      ...spec,
      conversion: { strategy: "None" },
      versions: spec.versions
        .filter(({ storage }) => storage)
        .map((version) => ({ ...version, served: true })),
    },
  };
}

/** "Established" is not enough, the kind must also answer a list; nor is an answer, which comes earlier. */
async function untilServed(api: KubeApi, definition: CustomResourceDefinition): Promise<void> {
  const { group, names, versions } = definition.spec;
  const version = versions.find(({ storage }) => storage)?.name;
  const deadline = Date.now() + establishTimeoutMs;
  while (Date.now() < deadline) {
    const path = `${definitionsPath}/${definition.metadata?.name}`;
    const { status } = await api.get<CustomResourceDefinition>(path);
    const isEstablished = status?.conditions?.some(
      (row) => row.type === "Established" && row.status === "True",
    );
    const isServed =
      isEstablished &&
      (await api.get(`/apis/${group}/${version}/${names.plural}?limit=1`).then(
        () => true,
        () => false,
      ));
    if (isServed) return;
    await sleep(100);
  }
  throw new Error(
    `the API server does not serve ${names.plural}.${group} after ${establishTimeoutMs / 1000} s`,
  );
}

/** Applies the cluster's own small objects; the same on every start. */
export async function applyClusterObjects(api: KubeApi): Promise<void> {
  const roles = "/apis/rbac.authorization.k8s.io/v1";
  const admission = "/apis/admissionregistration.k8s.io/v1";
  await Promise.all([
    api.apply(`${roles}/clusterroles/${simulatedNodesRole.metadata.name}`, simulatedNodesRole),
    api.apply(`${roles}/clusterrolebindings/${simulatedNodesBinding.metadata.name}`, simulatedNodesBinding),
    api.apply(`${admission}/validatingadmissionpolicies/${hostNodePolicy.metadata.name}`, hostNodePolicy),
    api.apply(
      `${admission}/validatingadmissionpolicybindings/${hostNodePolicyBinding.metadata.name}`,
      hostNodePolicyBinding,
    ),
    api.apply(`/apis/storage.k8s.io/v1/storageclasses/${diskClass.metadata.name}`, diskClass),
  ]);
}

const simulatedNodes = "plinth:simulated-nodes";

/** What KWOK needs to play kubelet for simulated nodes. */
const simulatedNodesRole = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: simulatedNodes },
  rules: [
    { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch", "patch"] },
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch", "patch", "delete"] },
    { apiGroups: [""], resources: ["nodes/status", "pods/status"], verbs: ["patch", "update"] },
    {
      apiGroups: ["coordination.k8s.io"],
      resources: ["leases"],
      verbs: ["get", "list", "watch", "create", "update", "patch"],
    },
    { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["create", "patch", "update"] },
  ],
};

const simulatedNodesBinding = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: simulatedNodes },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: simulatedNodes },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: simulatedNodes }],
};

/** Like the disks of a cloud: bound to a place when the pod that uses one has a node (F84). */
const diskClass = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: simulatedDisks.storageClass },
  provisioner: simulatedDisks.provisioner,
  volumeBindingMode: "WaitForFirstConsumer",
  reclaimPolicy: "Delete",
};

const guard = `${hostNode.name}.plinth.dev`;

/** Programs of the host node run with the rights of the person who started it: only the platform's may. */
const hostNodePolicy = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingAdmissionPolicy",
  metadata: { name: guard },
  spec: {
    failurePolicy: "Fail",
    matchConstraints: {
      resourceRules: [
        { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods", "pods/binding"] },
      ],
    },
    variables: [
      {
        name: "target",
        expression:
          'has(request.subResource) && request.subResource == "binding" ? object.target.name : ' +
          '(has(object.spec.nodeName) ? object.spec.nodeName : "")',
      },
      {
        name: "isSystem",
        expression:
          `has(namespaceObject.metadata.labels) && ` +
          `"${platformLabels.system}" in namespaceObject.metadata.labels && ` +
          `namespaceObject.metadata.labels["${platformLabels.system}"] == "true"`,
      },
    ],
    validations: [
      {
        expression: `variables.target != "${hostNode.name}" || variables.isSystem`,
        message:
          `only pods of namespaces labelled ${platformLabels.system}=true may run on ` +
          `the node ${hostNode.name}`,
      },
    ],
  },
};

const hostNodePolicyBinding = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingAdmissionPolicyBinding",
  metadata: { name: guard },
  spec: { policyName: guard, validationActions: ["Deny"] },
};

/** KWOK holds node leases under a random identity; a new one takes over at once if the old are gone. */
export async function releaseSimulatedNodes(api: KubeApi): Promise<void> {
  const path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
  const leases = await api.list<KubeObject>(path);
  const names = leases.map(({ metadata }) => metadata?.name).filter((name) => name !== hostNode.name);
  await Promise.all(names.map((name) => api.remove(`${path}/${name}`)));
}
