/**
 * Helm's post-renderer of the embedded cluster: fits a chart's objects to controllers that run as processes.
 * Reads manifests on standard input and writes them on standard output.
 */
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { parse, parseAllDocuments, stringify } from "yaml";
import type { OptionalController } from "../../components/catalogue/controllers.ts";
import { hostNode } from "../../components/catalogue/labels.ts";
import { type ControllerPorts, type InstallationRecord, StateDirectory } from "../cluster/state-directory.ts";
import { kuberayBase } from "./kuberay-base.ts";
import { completeBase, type KustomizeBase } from "./kustomize-base.ts";
import { mpiBase } from "./mpi-base.ts";
import { completeVolcano } from "./volcano-chart.ts";

export interface Manifest {
  apiVersion?: string;
  kind?: string;
  metadata?: { name?: string; namespace?: string; annotations?: Record<string, string> };
  [field: string]: unknown;
}

export interface PostRenderContext {
  /** PEM of the certificate and key that all webhooks of the host node serve with, and of their authority. */
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
  /** Name of the chart in the catalogue. */
  readonly chart: string;
  /** Loopback ports of the release's one controller: processes share the machine's network. */
  readonly ports: ControllerPorts;
}

/** Manifests as the embedded cluster needs them, or undefined for those that it must not get. */
export function postRender(manifests: readonly Manifest[], context: PostRenderContext): Manifest[] {
  return manifests.flatMap((manifest) => {
    const rewrite = rewrites[manifest.kind ?? ""];
    const base = bases[context.chart];
    const complete = base ? completeBase(manifest, base, context.ports) : manifest;
    const rewritten = rewrite ? rewrite(complete, context) : complete;
    if (!rewritten) return [];
    return [context.chart === "volcano" ? completeVolcano(rewritten, context.ports) : rewritten];
  });
}

/** Releases that are made of a kustomize base, by the name of the chart. */
const bases: Readonly<Record<string, KustomizeBase>> = { kuberay: kuberayBase, mpi: mpiBase };

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
  ConfigMap: fitConfiguration,
  Service: skipAwait,
  Deployment: fitWorkload,
};

function redirectWebhooks(manifest: Manifest, context: PostRenderContext): Manifest {
  const webhooks = (manifest.webhooks as Webhook[]).map(({ clientConfig, ...webhook }) => {
    const url = `https://127.0.0.1:${context.ports.webhook}${clientConfig.service.path}`;
    const caBundle = Buffer.from(context.authority).toString("base64");
    return { ...webhook, clientConfig: { url, caBundle } };
  });
  return { ...manifest, webhooks };
}

interface Webhook {
  clientConfig: { service: { path: string } };
}

const servingCertificate = /-cert$/;

/** Charts leave this Secret empty for a certificate manager to fill; here our own authority does. */
function fillServingCertificate(manifest: Manifest, context: PostRenderContext): Manifest {
  if (!servingCertificate.test(manifest.metadata?.name ?? "")) return manifest;
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

/** The key under which controllers built with controller-runtime keep their configuration file. */
const configurationKey = "controller_manager_config.yaml";

/** Loopback ports instead of fixed ones, certificates of our authority, and no election. */
function fitConfiguration(manifest: Manifest, { ports }: PostRenderContext): Manifest {
  const data = (manifest.data ?? {}) as Record<string, string>;
  const text = data[configurationKey];
  if (text === undefined) return manifest;
  const configuration = parse(text) as Record<string, object | undefined>;
  const { metrics, webhook, leaderElection, certManagement } = configuration;
  const fitted = {
    ...configuration,
    health: { ...configuration.health, healthProbeBindAddress: `127.0.0.1:${ports.health}` },
    metrics: { ...metrics, bindAddress: `127.0.0.1:${ports.metrics}` },
    webhook: { ...webhook, host: "127.0.0.1", port: ports.webhook },
    // A single process has nobody to elect, and would only wait for the lease of its killed predecessor.
    leaderElection: { ...leaderElection, leaderElect: false },
    ...(certManagement
      ? { certManagement: { enable: false } }
      : { internalCertManagement: { enable: false } }),
  };
  return { ...manifest, data: { ...data, [configurationKey]: stringify(fitted) } };
}

interface PodTemplate {
  spec: { containers: Container[]; volumes?: Volume[] };
}
interface Probe {
  httpGet: { port: number | string };
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
/** A process is up, and answers, in a fraction of a second. */
const promptly = {
  initialDelaySeconds: 0,
  periodSeconds: 1,
  timeoutSeconds: 1,
  failureThreshold: 3,
  successThreshold: 1,
};

/**
 * Until the controller has scaled the old pod to zero and made the new one, the provider's own wait reads the
 * former ReplicaSet, and takes none ready of none wanted for done. These hold for the current generation and
 * all at the same moment.
 */
const rolledOut = {
  "pulumi.com/waitFor": JSON.stringify([
    "jsonpath={.status.replicas}=1",
    "jsonpath={.status.updatedReplicas}=1",
    "jsonpath={.status.availableReplicas}=1",
  ]),
};

const placement = {
  nodeSelector: { [hostNode.label]: "true" },
  tolerations: [{ key: hostNode.label, operator: "Equal", value: "true", effect: "NoSchedule" }],
};

function fitWorkload(manifest: Manifest, { ports }: PostRenderContext): Manifest {
  const spec = manifest.spec as { template: PodTemplate };
  const { volumes = [], containers, ...pod } = spec.template.spec;
  const certificate = volumes.find(({ secret }) => servingCertificate.test(secret?.secretName ?? ""));
  const redirected = (probe: Probe) => ({ ...probe, httpGet: { ...probe.httpGet, port: ports.health } });
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
  const template = { ...spec.template, spec: { ...pod, ...placement, volumes, containers: fitted } };
  // The new pod could not open the ports that the old one still holds.
  const fittedSpec = { ...spec, replicas: 1, strategy: { type: "Recreate" }, template };
  return annotated({ ...manifest, spec: fittedSpec }, rolledOut);
}

/** Ports of the release, by the name of its chart. */
function portsOf(chart: string, { ports, controllers }: InstallationRecord): ControllerPorts {
  if (chart === "kueue") {
    return { health: ports.kueueHealth, metrics: ports.kueueMetrics, webhook: ports.kueueWebhook };
  }
  const own = controllers[chart as OptionalController];
  if (!own) throw new Error(`no ports are known for the chart "${chart}"`);
  return own;
}

/** Run by Helm as `post-render.ts STATE_DIRECTORY CHART`. */
async function main(root: string, chart: string): Promise<void> {
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
    chart,
    ports: portsOf(chart, record),
  });
  process.stdout.write(rendered.map((manifest) => stringify(manifest)).join("---\n"));
}

if (import.meta.main) await main(process.argv[2] ?? "", process.argv[3] ?? "");
