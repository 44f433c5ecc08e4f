/** Each object of a notebook, whole. */
import { expect, test } from "vitest";
import {
  claimManifest,
  diskName,
  type NotebookServer,
  networkPolicySpec,
  notebookRights,
  serviceManifest,
  statefulSetManifest,
  tokenData,
  tokenName,
} from "../../../components/interactive/notebook-objects.ts";
import { without } from "../../support/record.ts";

const team = { "plinth.dev/team": "research", "plinth.dev/cost-center": "cc-1" };

const server: NotebookServer = {
  name: "lab",
  namespace: "research",
  owner: "ada@example.com",
  labels: team,
  queue: "h100",
  priority: "high",
  serviceAccount: "workload",
  image: "jupyter@sha256:0",
  environment: { LANG: "C" },
  accelerators: 1,
  requests: { cpu: "23", memory: "255Gi", "nvidia.com/gpu": "1" },
  sharedMemory: "63Gi",
  homePath: "/home/jovyan",
  disk: "lab-home-h100",
  cullAfterIdleMinutes: 60,
  podAnnotations: {},
};

test("a server that the team's queue admits, of no stated number of replicas (F128, F126)", () => {
  const { metadata, spec } = statefulSetManifest(server);
  expect(metadata).toEqual({
    name: "lab",
    namespace: "research",
    labels: {
      ...team,
      "plinth.dev/notebook": "lab",
      "kueue.x-k8s.io/queue-name": "h100",
      "kueue.x-k8s.io/priority-class": "high",
    },
    annotations: {
      "pulumi.com/waitFor": "jsonpath={.metadata.uid}",
      "plinth.dev/owner": "ada@example.com",
      "plinth.dev/cull-after-idle-minutes": "60",
    },
  });
  expect(Object.keys(spec)).toEqual(["serviceName", "selector", "template"]);
  expect(spec.selector.matchLabels).toEqual({ "plinth.dev/notebook": "lab" });
  expect(spec.template.metadata.labels).toEqual({ ...team, "plinth.dev/notebook": "lab" });
});

test("its pod: restricted, with its devices, its disk and its token from the Secret (F96, F11, F79)", () => {
  const { spec } = statefulSetManifest(server).spec.template;
  expect(spec).toMatchObject({
    restartPolicy: "Always",
    enableServiceLinks: false,
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  });
  expect(spec.containers).toEqual([
    {
      name: "notebook",
      image: "jupyter@sha256:0",
      env: [
        { name: "LANG", value: "C" },
        { name: "JUPYTER_TOKEN", valueFrom: { secretKeyRef: { name: "lab-token", key: "token" } } },
      ],
      resources: { requests: server.requests, limits: server.requests },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      ports: [{ name: "http", containerPort: 8888 }],
      readinessProbe: { httpGet: { path: "/api", port: "http" }, periodSeconds: 10 },
      volumeMounts: [
        { name: "shared-memory", mountPath: "/dev/shm" },
        { name: "home", mountPath: "/home/jovyan" },
      ],
    },
  ]);
  expect(spec.volumes).toEqual([
    { name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: "63Gi" } },
    { name: "home", persistentVolumeClaim: { claimName: "lab-home-h100" } },
  ]);
});

test("without accelerators it sees none, whatever its image asks for (F110)", () => {
  const small = {
    ...without(server, "sharedMemory"),
    accelerators: 0,
    requests: { cpu: "2", memory: "8Gi" },
  };
  const [container] = statefulSetManifest(small).spec.template.spec.containers;
  expect(container?.env).toContainEqual({ name: "NVIDIA_VISIBLE_DEVICES", value: "void" });
  expect(container?.resources.limits).toEqual({ cpu: "2", memory: "8Gi" });
});

test("a name without an address of its own", () => {
  expect(serviceManifest(server)).toEqual({
    metadata: { name: "lab", namespace: "research", labels: team },
    spec: {
      clusterIP: "None",
      selector: { "plinth.dev/notebook": "lab" },
      ports: [{ name: "http", port: 8888 }],
    },
  });
});

test("a disk that says no place, of a class that waits for the pod's node (F84)", () => {
  const disk = { name: diskName(server, "h100"), storageGiB: 20, storageClass: "simulated" };
  expect(claimManifest(server, disk)).toEqual({
    metadata: {
      name: "lab-home-h100",
      namespace: "research",
      labels: { ...team, "plinth.dev/notebook": "lab" },
      annotations: { "pulumi.com/waitFor": "jsonpath={.metadata.uid}" },
    },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName: "simulated",
      resources: { requests: { storage: "20Gi" } },
    },
  });
  expect(diskName(server, "l40s")).toBe("lab-home-l40s");
});

test("a token as a Secret holds it", () => {
  expect([tokenName("lab"), tokenData("abc")]).toEqual(["lab-token", { token: "YWJj" }]);
});

test("beside the team's own pods, only the culler comes in", () => {
  expect(networkPolicySpec(server)).toEqual({
    podSelector: { matchLabels: { "plinth.dev/notebook": "lab" } },
    policyTypes: ["Ingress"],
    ingress: [
      {
        from: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "notebook-system" } },
            podSelector: { matchLabels: { "app.kubernetes.io/name": "notebook-culler" } },
          },
        ],
        ports: [{ protocol: "TCP", port: 8888 }],
      },
    ],
  });
});

test("its owner may open and start it, the culler may stop it, and both only this one", () => {
  const readToken = {
    apiGroups: [""],
    resources: ["secrets"],
    resourceNames: ["lab-token"],
    verbs: ["get"],
  };
  expect(notebookRights(server)).toEqual({
    owner: {
      rules: [
        readToken,
        { apiGroups: [""], resources: ["pods", "pods/log"], resourceNames: ["lab-0"], verbs: ["get"] },
        {
          apiGroups: [""],
          resources: ["pods/portforward"],
          resourceNames: ["lab-0"],
          verbs: ["get", "create"],
        },
        { apiGroups: ["apps"], resources: ["statefulsets"], resourceNames: ["lab"], verbs: ["get"] },
        {
          apiGroups: ["apps"],
          resources: ["statefulsets/scale"],
          resourceNames: ["lab"],
          verbs: ["get", "patch", "update"],
        },
      ],
      subject: { kind: "User", name: "ada@example.com", apiGroup: "rbac.authorization.k8s.io" },
    },
    culler: {
      rules: [
        readToken,
        { apiGroups: ["apps"], resources: ["statefulsets"], resourceNames: ["lab"], verbs: ["patch"] },
      ],
      subject: { kind: "ServiceAccount", name: "notebook-culler", namespace: "notebook-system" },
    },
  });
});
