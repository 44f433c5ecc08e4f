import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  deploymentManifest,
  disruptionBudgetSpec,
  keysName,
  keysText,
  networkPolicySpec,
  rolloutSeconds,
  type ServerPods,
  serverPort,
  serviceManifest,
  settingsName,
  settingsOf,
  settingsText,
} from "../../../components/serving/inference-objects.ts";
import { readSettings } from "../../../runtime/settings.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const labels = { "plinth.dev/team": "research", "plinth.dev/cost-center": "cc-1" };
const toleration = { key: "dedicated", operator: "Equal", value: "system", effect: "NoSchedule" } as const;

const onProcessor: ServerPods = {
  name: "chat",
  namespace: "chat-inference-system",
  labels,
  image: "registry.example/runtime:1",
  replicas: 2,
  servedName: "tiny",
  context: 512,
  sequences: 8,
  startSeconds: 301,
  drainSeconds: 20,
  keys: [],
  requests: { cpu: "2", memory: "838Mi" },
  sharesNetwork: false,
  device: {
    kind: "processor",
    threads: 2,
    kvCacheMiB: 64,
    placement: { nodeSelector: { system: "true" }, tolerations: [toleration] },
  },
};

const onAccelerators: ServerPods = {
  ...onProcessor,
  namespace: "research",
  requests: { cpu: "23", memory: "255Gi", "nvidia.com/gpu": "1" },
  device: {
    kind: "accelerators",
    tensor: 1,
    queue: "h100",
    priority: "high",
    serviceAccount: "workload",
    runtimeClass: "nvidia",
    sharedMemory: "63Gi",
  },
};

const key = { name: "ci", sha256: ["0".repeat(64)], concurrency: 4, requestsPerMinute: 60 };
const withKeys = { ...onProcessor, keys: [key] };

function written(text: string): string {
  const file = join(temporaryDirectory(), "file.json");
  writeFileSync(file, text);
  return file;
}

test("the runtime takes its settings and its keys as they are written", () => {
  const flags = {
    settings: written(settingsText(withKeys)),
    keys: written(keysText(withKeys)),
    model: "/model",
  };
  const settings = readSettings({ ...flags, host: "0.0.0.0" }, "model");
  expect(settings.engine).toMatchObject({
    ...{ model: "/model", device: "cpu", threads: 2, kvCacheMiB: 64 },
    ...{ sequenceTokens: 512, stepTokens: 512, sequences: 8, startSeconds: 301 },
  });
  expect(settings.server).toMatchObject({
    ...{ models: ["tiny"], leaveSeconds: 5, drainSeconds: 20, keys: [key] },
  });
  expect(settings.isOpen).toBe(false);
});

test("without keys it is open to whom policies let in; accelerators are asked for by name", () => {
  expect(settingsOf(onAccelerators)).toEqual({
    engine: {
      ...{ device: "cuda", tensorParallel: 1, sequenceTokens: 512, stepTokens: 512, sequences: 8 },
      startSeconds: 301,
    },
    server: { models: ["tiny"], leaveSeconds: 5, drainSeconds: 20 },
    isOpen: true,
  });
});

test("a pod comes before another goes; it starts, is asked and is ended by the server's own words", () => {
  const { metadata, spec } = deploymentManifest(onProcessor);
  expect(metadata).toEqual({
    name: "chat",
    namespace: "chat-inference-system",
    labels: { ...labels, "plinth.dev/inference-server": "chat" },
  });
  expect(spec).toMatchObject({
    replicas: 2,
    progressDeadlineSeconds: 931,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    selector: { matchLabels: { "plinth.dev/inference-server": "chat" } },
  });
  expect(rolloutSeconds(onProcessor)).toBe(1862);
  const pod = spec.template.spec;
  // Five in which it serves on until others know that it goes, twenty to finish, ten to close.
  expect(pod.terminationGracePeriodSeconds).toBe(35);
  expect(pod).toMatchObject({
    automountServiceAccountToken: false,
    nodeSelector: { system: "true" },
    tolerations: [toleration],
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { "plinth.dev/inference-server": "chat" } },
      },
    ],
    securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: "RuntimeDefault" } },
  });
  const [container] = pod.containers;
  expect(container).toMatchObject({
    args: ["--settings", "/etc/plinth/settings.json", "--host", "0.0.0.0", "--port", "8000"],
    // A core beside those that compute.
    resources: { requests: { cpu: "2", memory: "838Mi" }, limits: { cpu: "3", memory: "838Mi" } },
    startupProbe: {
      httpGet: { path: "/health/ready", port: "http" },
      periodSeconds: 2,
      // 301 for the model and 30 for its process, every other second.
      failureThreshold: 166,
    },
    readinessProbe: { httpGet: { path: "/health/ready", port: "http" }, failureThreshold: 3 },
    livenessProbe: { httpGet: { path: "/health/live", port: "http" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  });
  expect(container).not.toHaveProperty("env");
});

test("where all share a network, each listens on the address of its pod alone", () => {
  const [container] = deploymentManifest({ ...onProcessor, sharesNetwork: true }).spec.template.spec
    .containers;
  expect(container?.args.slice(2, 4)).toEqual(["--host", "$(POD_IP)"]);
  expect(container?.env).toEqual([
    { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
  ]);
});

test("on accelerators it waits in the queue, which places it", () => {
  const { metadata, spec } = deploymentManifest(onAccelerators);
  expect(metadata).toMatchObject({
    labels: { "kueue.x-k8s.io/queue-name": "h100", "kueue.x-k8s.io/priority-class": "high" },
    annotations: { "pulumi.com/waitFor": "jsonpath={.metadata.uid}" },
  });
  const pod = spec.template.spec;
  expect(pod).toMatchObject({
    ...{ priorityClassName: "high", serviceAccountName: "workload", runtimeClassName: "nvidia" },
    containers: [{ resources: { requests: onAccelerators.requests, limits: onAccelerators.requests } }],
    volumes: [{}, {}, { emptyDir: { medium: "Memory", sizeLimit: "63Gi" } }],
  });
  expect(pod).not.toHaveProperty("nodeSelector");
  expect(pod).not.toHaveProperty("tolerations");
  expect(pod).not.toHaveProperty("topologySpreadConstraints");
});

test("keys come as a Secret beside the settings; other ones have other names, and make other pods", () => {
  const template = (server: ServerPods) => deploymentManifest(server).spec.template;
  const digest = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 10);
  expect(settingsName(withKeys)).toBe(`chat-${digest(settingsText(withKeys))}`);
  expect(keysName(withKeys)).toBe(`chat-keys-${digest(keysText(withKeys))}`);
  const others = { ...withKeys, keys: [{ ...key, concurrency: 5 }] };
  expect([settingsName(others) === settingsName(withKeys), keysName(others) === keysName(withKeys)]).toEqual([
    true,
    false,
  ]);
  expect(template(others)).not.toEqual(template(withKeys));
  const { containers, volumes } = template(withKeys).spec;
  expect(volumes).toContainEqual({ name: "settings", configMap: { name: settingsName(withKeys) } });
  expect(containers[0]?.args.slice(-2)).toEqual(["--keys", "/etc/plinth-keys/keys.json"]);
  expect(volumes).toContainEqual({
    name: "keys",
    secret: { secretName: keysName(withKeys), defaultMode: 0o440 },
  });
  expect(JSON.stringify(template(withKeys))).not.toContain(key.sha256[0]);
});

test("its Service leads to its pods; one of these may be away at a time, and only the team comes in", () => {
  const selector = { "plinth.dev/inference-server": "chat" };
  expect(serviceManifest(onProcessor)).toEqual({
    metadata: {
      name: "chat",
      namespace: "chat-inference-system",
      labels: { ...labels, ...selector },
      annotations: { "pulumi.com/waitFor": "jsonpath={.metadata.uid}" },
    },
    spec: { type: "ClusterIP", selector, ports: [{ name: "http", port: serverPort, targetPort: "http" }] },
  });
  expect(disruptionBudgetSpec(onProcessor)).toEqual({
    maxUnavailable: 1,
    selector: { matchLabels: selector },
  });
  const from = [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "research" } } }];
  expect(networkPolicySpec(onProcessor, "research")).toEqual({
    podSelector: { matchLabels: selector },
    policyTypes: ["Ingress", "Egress"],
    ingress: [{ from, ports: [{ protocol: "TCP", port: serverPort }] }],
  });
});
