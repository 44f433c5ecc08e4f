/** A chart's objects as the embedded cluster gets them. */
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { postRender } from "../../../embedded/host-node/post-render.ts";

const context = {
  certificate: "certificate",
  key: "key",
  authority: "authority",
  chart: "kueue",
  ports: { health: 40006, metrics: 40007, webhook: 40008 },
};
const render = (manifest: Record<string, unknown>) => postRender([manifest], context);

test.each(["CustomResourceDefinition", "APIService"])("a %s is left out", (kind) => {
  expect(render({ kind, metadata: { name: "x" } })).toEqual([]);
});

test("what needs nothing stays as it is", () => {
  const role = { kind: "ClusterRole", metadata: { name: "x" }, rules: [] };
  expect(render(role)).toEqual([role]);
});

test.each(["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"])(
  "webhooks of a %s are called by address, with our authority",
  (kind) => {
    const service = { namespace: "kueue-system", name: "kueue-webhook-service", path: "/validate-job" };
    const webhook = { name: "vjob.kb.io", failurePolicy: "Fail", clientConfig: { service } };
    expect(render({ kind, webhooks: [webhook] })).toEqual([
      {
        kind,
        webhooks: [
          {
            name: "vjob.kb.io",
            failurePolicy: "Fail",
            clientConfig: {
              url: "https://127.0.0.1:40008/validate-job",
              caBundle: Buffer.from("authority").toString("base64"),
            },
          },
        ],
      },
    ]);
  },
);

test.each([
  {
    case: "controllers with internal certificates",
    given: { internalCertManagement: { enable: true, webhookSecretName: "x" } },
    want: { internalCertManagement: { enable: false } },
  },
  {
    case: "controllers that call it certManagement",
    given: { certManagement: { enable: true, webhookSecretName: "x" } },
    want: { certManagement: { enable: false } },
  },
  {
    case: "controllers that say nothing of certificates",
    given: {},
    want: { internalCertManagement: { enable: false } },
  },
])("configuration of $case: our ports and certificates, the rest as it is", ({ given, want }) => {
  const configuration = {
    apiVersion: "config/v1",
    manageJobsWithoutQueueName: true,
    health: { readinessEndpointName: "readyz" },
    metrics: { bindAddress: ":8443", enableClusterQueueResources: true },
    webhook: { port: 9443 },
    leaderElection: { leaderElect: true, resourceName: "x" },
    ...given,
  };
  const data = { "controller_manager_config.yaml": stringify(configuration), other: "kept" };
  const [rendered] = render({ kind: "ConfigMap", data }) as { data: Record<string, string> }[];
  expect(rendered?.data.other).toBe("kept");
  expect(parse(rendered?.data["controller_manager_config.yaml"] ?? "")).toEqual({
    apiVersion: "config/v1",
    manageJobsWithoutQueueName: true,
    health: { readinessEndpointName: "readyz", healthProbeBindAddress: "127.0.0.1:40006" },
    metrics: { bindAddress: "127.0.0.1:40007", enableClusterQueueResources: true },
    webhook: { host: "127.0.0.1", port: 40008 },
    leaderElection: { leaderElect: false, resourceName: "x" },
    ...want,
  });
});

test("any other ConfigMap stays as it is", () => {
  const map = { kind: "ConfigMap", data: { a: "b" } };
  expect(render(map)).toEqual([map]);
});

test.each([
  {
    case: "the serving certificate's is filled",
    name: "kueue-webhook-server-cert",
    want: {
      type: "kubernetes.io/tls",
      stringData: { "ca.crt": "authority", "tls.crt": "certificate", "tls.key": "key" },
    },
  },
  {
    case: "the same under another name",
    name: "kubeflow-trainer-webhook-cert",
    want: {
      type: "kubernetes.io/tls",
      stringData: { "ca.crt": "authority", "tls.crt": "certificate", "tls.key": "key" },
    },
  },
  { case: "any other stays as it is", name: "pull-secret", want: {} },
])("Secrets: $case", ({ name, want }) => {
  const secret = { kind: "Secret", metadata: { name } };
  expect(render(secret)).toEqual([{ ...secret, ...want }]);
});

test("nobody waits for a Service's endpoints", () => {
  const service = { kind: "Service", metadata: { name: "s", annotations: { a: "b" } } };
  expect(render(service)).toEqual([
    { kind: "Service", metadata: { name: "s", annotations: { a: "b", "pulumi.com/skipAwait": "true" } } },
  ]);
});

test("a Deployment gets the host node, our ports, prompt probes, its certificate and a wait", () => {
  const probe = { httpGet: { path: "/readyz", port: 8081 }, initialDelaySeconds: 5, periodSeconds: 10 };
  const volumes = [{ name: "cert", secret: { secretName: "kueue-webhook-server-cert" } }];
  const containers = [
    {
      name: "manager",
      readinessProbe: probe,
      livenessProbe: { ...probe, httpGet: { path: "/healthz", port: "health" } },
      volumeMounts: [{ name: "cert", mountPath: "/tmp/certs" }],
    },
  ];
  const spec = { replicas: 2, template: { metadata: { labels: { a: "b" } }, spec: { volumes, containers } } };
  expect(render({ kind: "Deployment", spec })).toEqual([
    {
      kind: "Deployment",
      metadata: {
        annotations: {
          "pulumi.com/waitFor": JSON.stringify([
            "jsonpath={.status.replicas}=1",
            "jsonpath={.status.updatedReplicas}=1",
            "jsonpath={.status.availableReplicas}=1",
          ]),
        },
      },
      spec: {
        replicas: 1,
        strategy: { type: "Recreate" },
        template: {
          metadata: { labels: { a: "b" } },
          spec: {
            nodeSelector: { "plinth.dev/host": "true" },
            tolerations: [{ key: "plinth.dev/host", operator: "Equal", value: "true", effect: "NoSchedule" }],
            volumes,
            containers: [
              {
                name: "manager",
                readinessProbe: {
                  httpGet: { path: "/readyz", port: 40006 },
                  initialDelaySeconds: 0,
                  periodSeconds: 1,
                  timeoutSeconds: 1,
                  failureThreshold: 3,
                  successThreshold: 1,
                },
                livenessProbe: {
                  httpGet: { path: "/healthz", port: 40006 },
                  initialDelaySeconds: 5,
                  periodSeconds: 10,
                },
                volumeMounts: [
                  { name: "cert", mountPath: "/tmp/certs" },
                  { name: "cert", mountPath: "/etc/kueue/metrics/certs", readOnly: true },
                ],
              },
            ],
          },
        },
      },
    },
  ]);
});
