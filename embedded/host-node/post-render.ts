/**
 * Helm's post-renderer of the embedded cluster: fits a chart's objects to controllers that run as processes.
 * Reads manifests on standard input and writes them on standard output.
 */
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { parseAllDocuments, stringify } from "yaml";
import { type InstallationRecord, StateDirectory } from "../cluster/state-directory.ts";

interface Manifest {
  apiVersion?: string;
  kind?: string;
  metadata?: { name?: string; annotations?: Record<string, string> };
  [field: string]: unknown;
}

export interface PostRenderContext {
  /** PEM of the certificate and key that all webhooks of the host node serve with, and of their authority. */
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
  /** Loopback port of a webhook service, by the service's name. */
  readonly webhookPorts: Readonly<Record<string, number>>;
  /** Loopback port that stands for a port of the chart's pods, by that port: processes share one machine. */
  readonly hostPorts: Readonly<Record<number, number>>;
}

/** Manifests as the embedded cluster needs them, or undefined for those that it must not get. */
export function postRender(manifests: readonly Manifest[], context: PostRenderContext): Manifest[] {
  return manifests.flatMap((manifest) => {
    const rewrite = rewrites[manifest.kind ?? ""];
    const rewritten = rewrite ? rewrite(manifest, context) : manifest;
    return rewritten ? [rewritten] : [];
  });
}

type Rewrite = (manifest: Manifest, context: PostRenderContext) => Manifest | undefined;

const rewrites: Readonly<Record<string, Rewrite>> = {
  // Kinds are the cluster's own, not a release's.
  CustomResourceDefinition: () => undefined,
  // Aggregated APIs need a service network. An API that is registered but does not answer breaks discovery
  // and with it the deletion of every namespace.
  APIService: () => undefined,
  MutatingWebhookConfiguration: redirectWebhooks,
  ValidatingWebhookConfiguration: redirectWebhooks,
  Secret: fillServingCertificate,
  Service: skipAwait,
  Deployment: fitWorkload,
};

function redirectWebhooks(manifest: Manifest, context: PostRenderContext): Manifest {
  const webhooks = (manifest.webhooks as Webhook[]).map(({ clientConfig, ...webhook }) => {
    const { name, path } = clientConfig.service;
    const port = context.webhookPorts[name];
    if (port === undefined) throw new Error(`no port is known for the webhook service "${name}"`);
    const caBundle = Buffer.from(context.authority).toString("base64");
    return { ...webhook, clientConfig: { url: `https://127.0.0.1:${port}${path}`, caBundle } };
  });
  return { ...manifest, webhooks };
}

interface Webhook {
  clientConfig: { service: { name: string; path: string } };
}

/** Charts leave this Secret empty for a certificate manager to fill; here our own authority does. */
function fillServingCertificate(manifest: Manifest, context: PostRenderContext): Manifest {
  if (!manifest.metadata?.name?.endsWith("-server-cert")) return manifest;
  return {
    ...manifest,
    type: "kubernetes.io/tls",
    stringData: { "ca.crt": context.authority, "tls.crt": context.certificate, "tls.key": context.key },
  };
}

/** The pods behind it have no address of their own, so waiting for its endpoints would be in vain. */
function skipAwait(manifest: Manifest): Manifest {
  return annotated(manifest, { "pulumi.com/skipAwait": "true" });
}

function annotated(manifest: Manifest, added: Record<string, string>): Manifest {
  const annotations = { ...manifest.metadata?.annotations, ...added };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}

/**
 * Until the controller has scaled the old pod to zero and made the new one, the provider's own wait reads the
 * former ReplicaSet, and takes none ready of none wanted for done. These hold for the current generation and
 * all at the same moment.
 */
function rolledOut(replicas: number): Record<string, string> {
  const counts = ["replicas", "updatedReplicas", "availableReplicas"];
  const conditions = counts.map((count) => `jsonpath={.status.${count}}=${replicas}`);
  return { "pulumi.com/waitFor": JSON.stringify(conditions) };
}

interface PodTemplate {
  spec: { containers: Container[]; volumes?: Volume[] };
}
interface Probe {
  httpGet: { port: number };
}
interface Container {
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
}
interface Volume {
  name: string;
  secret?: { secretName: string };
}

/** Where Kueue looks for its metrics certificate, even if nothing asks for metrics; no option moves it. */
const metricsCertificates = "/etc/kueue/metrics/certs";
/** A process is up in a fraction of a second. */
const promptly = { initialDelaySeconds: 0, periodSeconds: 1 };

function fitWorkload(manifest: Manifest, { hostPorts }: PostRenderContext): Manifest {
  const spec = manifest.spec as { replicas?: number; template: PodTemplate };
  const { volumes = [], containers, ...pod } = spec.template.spec;
  const certificate = volumes.find(({ secret }) => secret?.secretName.endsWith("-server-cert"));
  const redirected = (probe: Probe): Probe => {
    const port = hostPorts[probe.httpGet.port] ?? probe.httpGet.port;
    return { ...probe, httpGet: { ...probe.httpGet, port } };
  };
  const fitted = containers.map((container) => ({
    ...container,
    ...(container.readinessProbe && {
      readinessProbe: { ...redirected(container.readinessProbe), ...promptly },
    }),
    ...(container.livenessProbe && { livenessProbe: redirected(container.livenessProbe) }),
    volumeMounts: [
      ...(container.volumeMounts ?? []),
      ...(certificate ? [{ name: certificate.name, mountPath: metricsCertificates, readOnly: true }] : []),
    ],
  }));
  const template = { ...spec.template, spec: { ...pod, volumes, containers: fitted } };
  // The new pod could not open the ports that the old one still holds.
  const recreated = { ...manifest, spec: { ...spec, strategy: { type: "Recreate" }, template } };
  return annotated(recreated, rolledOut(spec.replicas ?? 1));
}

/** The chart fixes the ports of its probes; its other ports follow Kueue's configuration. */
function kueueHostPorts(ports: InstallationRecord["ports"]): Record<number, number> {
  return { 8081: ports.kueueHealth };
}

/** Run by Helm as `post-render.ts STATE_DIRECTORY`. */
async function main(root: string): Promise<void> {
  const state = new StateDirectory(root);
  const record = state.readRecord();
  if (!record) throw new Error(`${state.recordFile} is missing`);
  const read = (file: string) => readFileSync(state.path("pki", file), "utf8");
  const manifests = parseAllDocuments(await text(process.stdin))
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
  const rendered = postRender(manifests, {
    certificate: read("host-programs.crt"),
    key: read("host-programs.key"),
    authority: read("ca.crt"),
    webhookPorts: { "kueue-webhook-service": record.ports.kueueWebhook },
    hostPorts: kueueHostPorts(record.ports),
  });
  process.stdout.write(rendered.map((manifest) => stringify(manifest)).join("---\n"));
}

if (import.meta.main) await main(process.argv[2] ?? "");
