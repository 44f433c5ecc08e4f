/** A chart's objects as the embedded cluster gets them. */
import { expect, test } from "vitest";
import { postRender } from "../../../embedded/host-node/post-render.ts";

const context = {
  certificate: "certificate",
  key: "key",
  authority: "authority",
  webhookPorts: { "kueue-webhook-service": 40008 },
  hostPorts: { 8081: 40006 },
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

test("a webhook service without a port is an error, not a webhook that nobody answers", () => {
  const webhooks = [{ clientConfig: { service: { name: "other", path: "/" } } }];
  expect(() => render({ kind: "MutatingWebhookConfiguration", webhooks })).toThrow(
    'no port is known for the webhook service "other"',
  );
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

test("a Deployment gets our ports, prompt probes, its certificate and a wait for its new pod", () => {
  const probe = { httpGet: { path: "/readyz", port: 8081 }, initialDelaySeconds: 5, periodSeconds: 10 };
  const volumes = [{ name: "cert", secret: { secretName: "kueue-webhook-server-cert" } }];
  const containers = [
    {
      name: "manager",
      readinessProbe: probe,
      livenessProbe: { ...probe, httpGet: { path: "/healthz", port: 9999 } },
      volumeMounts: [{ name: "cert", mountPath: "/tmp/certs" }],
    },
  ];
  const spec = { replicas: 1, template: { metadata: { labels: { a: "b" } }, spec: { volumes, containers } } };
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
            volumes,
            containers: [
              {
                name: "manager",
                readinessProbe: {
                  httpGet: { path: "/readyz", port: 40006 },
                  initialDelaySeconds: 0,
                  periodSeconds: 1,
                },
                livenessProbe: {
                  httpGet: { path: "/healthz", port: 9999 },
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
