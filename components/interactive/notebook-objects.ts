/** The objects of a notebook: a server that a queue admits, its disk, its token and who may reach it. */
import { awaitedUntilThere, kueueLabels, notebookLabels } from "../catalogue/labels.ts";
import { podTemplate } from "../training/training-pod.ts";
import { culler } from "./culler-names.ts";

export interface NotebookServer {
  readonly name: string;
  readonly namespace: string;
  readonly owner: string;
  /** Of the team; on the notebook and its pod. */
  readonly labels: Readonly<Record<string, string>>;
  readonly queue: string;
  readonly priority: string;
  readonly serviceAccount: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly accelerators: number;
  /** Requests of the pod; limits are the same. */
  readonly requests: Readonly<Record<string, string>>;
  readonly sharedMemory?: string;
  /** RuntimeClass by which the pod gets its accelerators. */
  readonly runtimeClass?: string;
  readonly homePath: string;
  /** Name of the claim. */
  readonly disk: string;
  readonly cullAfterIdleMinutes: number;
  readonly podAnnotations: Readonly<Record<string, string>>;
}

/** The port that Jupyter servers listen on unless told otherwise. */
const port = 8888;

/**
 * The server. How many replicas it has is stated nowhere: it begins with one, the culler takes it away, and
 * its people bring it back (F128). Pods of a StatefulSet never run twice, and the disk is attached once.
 */
export function statefulSetManifest(notebook: NotebookServer) {
  const { name, namespace, labels } = notebook;
  return {
    metadata: {
      name,
      namespace,
      labels: {
        ...labels,
        [notebookLabels.notebook]: name,
        [kueueLabels.queueName]: notebook.queue,
        [kueueLabels.priorityClass]: notebook.priority,
      },
      annotations: {
        // Until the pod is admitted and placed, neither it nor its disk is there (F126).
        ...awaitedUntilThere,
        [notebookLabels.owner]: notebook.owner,
        [notebookLabels.cullAfterIdle]: String(notebook.cullAfterIdleMinutes),
      },
    },
    spec: {
      serviceName: name,
      selector: { matchLabels: { [notebookLabels.notebook]: name } },
      template: serverTemplate(notebook),
    },
  };
}

function serverTemplate(notebook: NotebookServer) {
  const { name, labels, environment, accelerators } = notebook;
  const template = podTemplate({
    ...notebook,
    labels: { ...labels, [notebookLabels.notebook]: name },
    annotations: notebook.podAnnotations,
    container: "notebook",
    restartPolicy: "Always",
    environment: [
      ...Object.entries(environment).map(([key, value]) => ({ name: key, value })),
      // Images made for GPUs ask for all of them, and an NVIDIA runtime that is the default obeys (F110).
      ...(accelerators === 0 ? [{ name: "NVIDIA_VISIBLE_DEVICES", value: "void" }] : []),
    ],
  });
  const { spec } = template;
  const home = { name: "home", mountPath: notebook.homePath };
  const token = { secretKeyRef: { name: tokenName(name), key: tokenKey } };
  return {
    ...template,
    spec: {
      ...spec,
      containers: spec.containers.map((container) => ({
        ...container,
        env: [...container.env, { name: "JUPYTER_TOKEN", valueFrom: token }],
        ports: [{ name: "http", containerPort: port }],
        // The one address that needs no token.
        readinessProbe: { httpGet: { path: "/api", port: "http" }, periodSeconds: 10 },
        volumeMounts: [...(container.volumeMounts ?? []), home],
      })),
      volumes: [
        ...(spec.volumes ?? []),
        { name: home.name, persistentVolumeClaim: { claimName: notebook.disk } },
      ],
    },
  };
}

type Placed = Pick<NotebookServer, "name" | "namespace" | "labels">;

/** Gives the server a name; it has no address of its own that could be reached past the policies. */
export function serviceManifest({ name, namespace, labels }: Placed) {
  return {
    metadata: { name, namespace, labels: { ...labels } },
    spec: {
      clusterIP: "None",
      selector: { [notebookLabels.notebook]: name },
      ports: [{ name: "http", port }],
    },
  };
}

/** The disk. It says no place: its class waits for the node of the pod (F84). */
export function claimManifest(
  { name, namespace, labels }: Placed,
  disk: { readonly name: string; readonly storageGiB: number; readonly storageClass: string },
) {
  return {
    metadata: {
      name: disk.name,
      namespace,
      labels: { ...labels, [notebookLabels.notebook]: name },
      annotations: awaitedUntilThere,
    },
    spec: {
      // One pod at a time, on whatever node it is.
      accessModes: ["ReadWriteOnce"],
      storageClassName: disk.storageClass,
      resources: { requests: { storage: `${disk.storageGiB}Gi` } },
    },
  };
}

/** A disk stays where it is: in another pool, which may be in another place, the notebook has another. */
export function diskName({ name }: Pick<Placed, "name">, pool: string): string {
  return `${name}-home-${pool}`;
}

const tokenKey = "token";

export function tokenName(notebook: string): string {
  return `${notebook}-token`;
}

/** Data of the Secret, from a token as people read it. */
export function tokenData(token: string): Record<string, string> {
  return { [tokenKey]: Buffer.from(token).toString("base64") };
}

/** The team's own policies let its pods in; beside them only the culler asks, and only here. */
export function networkPolicySpec({ name }: Pick<Placed, "name">) {
  const from = [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": culler.namespace } },
      podSelector: { matchLabels: { ...culler.labels } },
    },
  ];
  return {
    podSelector: { matchLabels: { [notebookLabels.notebook]: name } },
    policyTypes: ["Ingress"],
    ingress: [{ from, ports: [{ protocol: "TCP", port }] }],
  };
}

/** Rights on this notebook alone, by who has them. */
export function notebookRights({ name, owner }: Pick<NotebookServer, "name" | "owner">) {
  const readToken = {
    apiGroups: [""],
    resources: ["secrets"],
    resourceNames: [tokenName(name)],
    verbs: ["get"],
  };
  return {
    owner: {
      rules: [
        readToken,
        { apiGroups: [""], resources: ["pods", "pods/log"], resourceNames: [`${name}-0`], verbs: ["get"] },
        // A web socket begins with a GET, and older clients POST.
        {
          apiGroups: [""],
          resources: ["pods/portforward"],
          resourceNames: [`${name}-0`],
          verbs: ["get", "create"],
        },
        { apiGroups: ["apps"], resources: ["statefulsets"], resourceNames: [name], verbs: ["get"] },
        {
          apiGroups: ["apps"],
          resources: ["statefulsets/scale"],
          resourceNames: [name],
          verbs: ["get", "patch", "update"],
        },
      ],
      subject: { kind: "User", name: owner, apiGroup: "rbac.authorization.k8s.io" },
    },
    culler: {
      rules: [
        readToken,
        { apiGroups: ["apps"], resources: ["statefulsets"], resourceNames: [name], verbs: ["patch"] },
      ],
      subject: { kind: "ServiceAccount", name: culler.account, namespace: culler.namespace },
    },
  };
}
