/** The control plane's processes as a table: what each is called with, and how it shows that it is ready. */
import { stringify } from "yaml";
import type {
  CertificateAuthority,
  CertificateFiles,
  CertificateRequest,
  KeyPairFiles,
} from "./certificates.ts";
import { httpsProbe } from "./https-probe.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { renderKwokStages } from "./kwok-stages.ts";
import type { ProcessSpec } from "./managed-process.ts";
import { type InstallationRecord, type StateDirectory, writeFileAtomically } from "./state-directory.ts";

/** The programs and files of the toolchain that the control plane is made of. */
export interface ControlPlanePrograms {
  readonly etcd: string;
  readonly kubeApiServer: string;
  readonly kubeControllerManager: string;
  readonly kubeScheduler: string;
  readonly kwok: string;
  /** Directory of upstream's KWOK stages. */
  readonly kwokStages: string;
}

export interface ControlPlane {
  readonly etcd: ProcessSpec;
  readonly apiServer: ProcessSpec;
  /** What needs the API server and may start together. */
  readonly clients: readonly ProcessSpec[];
  readonly serverUrl: string;
  readonly adminKubeconfig: string;
  readonly hostNodeClient: CertificateFiles;
}

const loopback = { addresses: ["127.0.0.1"], dnsNames: ["localhost"] };
/** First address is the `kubernetes` service's. */
const serviceRange = "10.96.0.0/16";
const simulatedPodRange = "10.64.0.0/10";
/** 500 pods of one job took 92 s with the default client limits and 6 s with these. */
const clientLimits = { qps: 500, burst: 1000 };

/** Prepares certificates and configuration files of every process; starts nothing. */
export async function describeControlPlane(
  state: StateDirectory,
  record: InstallationRecord,
  authority: CertificateAuthority,
  serviceAccountKeys: KeyPairFiles,
  programs: ControlPlanePrograms,
): Promise<ControlPlane> {
  const { ports } = record;
  const serverUrl = `https://127.0.0.1:${ports.apiServer}`;
  const certificates = await ensureCertificates(authority);
  const kubeconfig = (file: string, user: string, client: CertificateFiles) => {
    writeKubeconfig(file, {
      server: serverUrl,
      certificateAuthorityPem: authority.certificatePem,
      user,
      client,
    });
    return file;
  };
  state.directory("config");
  const config = (name: string) => state.path("config", name);
  const probe = (port: number, path: string) =>
    httpsProbe({ port, path, authority: authority.certificatePem, client: certificates.admin });
  writeFileAtomically(config("audit-policy.yaml"), stringify(auditPolicy));
  writeFileAtomically(config("admission.yaml"), stringify(admissionConfiguration));
  writeFileAtomically(config("kwok-stages.yaml"), renderKwokStages(programs.kwokStages));
  const schedulerKubeconfig = kubeconfig(config("scheduler.kubeconfig"), "scheduler", certificates.scheduler);
  writeFileAtomically(config("scheduler.yaml"), stringify(schedulerConfiguration(schedulerKubeconfig)));
  const controllerManager = kubeconfig(
    config("controller-manager.kubeconfig"),
    "controller-manager",
    certificates.controllerManager,
  );
  const kwok = kubeconfig(config("kwok.kubeconfig"), "kwok", certificates.kwok);
  const serving = (files: CertificateFiles) => ({
    "tls-cert-file": files.certificate,
    "tls-private-key-file": files.key,
  });
  return {
    serverUrl,
    adminKubeconfig: kubeconfig(state.kubeconfig, "admin", certificates.admin),
    hostNodeClient: certificates.hostNode,
    etcd: {
      name: "etcd",
      command: programs.etcd,
      args: flags(etcdFlags(state, record, authority, certificates.etcd)),
      environment: { GOGC: "50" },
      probe: httpsProbe({
        port: ports.etcdClient,
        path: "/readyz",
        authority: authority.certificatePem,
        client: certificates.etcd,
      }),
    },
    apiServer: {
      name: "kube-apiserver",
      command: programs.kubeApiServer,
      args: flags({
        ...serving(certificates.apiServer),
        "etcd-servers": `https://127.0.0.1:${ports.etcdClient}`,
        "etcd-cafile": authority.certificateFile,
        "etcd-certfile": certificates.etcd.certificate,
        "etcd-keyfile": certificates.etcd.key,
        "bind-address": "127.0.0.1",
        "secure-port": ports.apiServer,
        "client-ca-file": authority.certificateFile,
        "anonymous-auth": false,
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "admission-control-config-file": config("admission.yaml"),
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": serviceAccountKeys.publicKey,
        "service-account-signing-key-file": serviceAccountKeys.privateKey,
        "service-cluster-ip-range": serviceRange,
        "audit-policy-file": config("audit-policy.yaml"),
        "audit-log-path": state.path("logs", "audit.log"),
        "audit-log-maxsize": 50,
        "audit-log-maxbackup": 2,
        profiling: false,
      }),
      environment: { GOGC: "75" },
      probe: probe(ports.apiServer, "/readyz"),
    },
    clients: [
      {
        name: "kube-controller-manager",
        command: programs.kubeControllerManager,
        args: flags({
          ...serving(certificates.controllerManager),
          kubeconfig: controllerManager,
          "authentication-kubeconfig": controllerManager,
          "authorization-kubeconfig": controllerManager,
          "service-account-private-key-file": serviceAccountKeys.privateKey,
          "root-ca-file": authority.certificateFile,
          "use-service-account-credentials": true,
          "leader-elect": false,
          "bind-address": "127.0.0.1",
          "secure-port": ports.controllerManager,
          "kube-api-qps": clientLimits.qps,
          "kube-api-burst": clientLimits.burst,
          profiling: false,
        }),
        probe: probe(ports.controllerManager, "/healthz"),
      },
      {
        name: "kube-scheduler",
        command: programs.kubeScheduler,
        args: flags({
          ...serving(certificates.scheduler),
          config: config("scheduler.yaml"),
          "authentication-kubeconfig": schedulerKubeconfig,
          "authorization-kubeconfig": schedulerKubeconfig,
          "bind-address": "127.0.0.1",
          "secure-port": ports.scheduler,
        }),
        probe: probe(ports.scheduler, "/healthz"),
      },
      {
        name: "kwok",
        command: programs.kwok,
        args: flags({
          kubeconfig: kwok,
          config: config("kwok-stages.yaml"),
          "manage-all-nodes": false,
          "manage-nodes-with-annotation-selector": "kwok.x-k8s.io/node=fake",
          cidr: simulatedPodRange,
          "node-ip": "10.63.0.1",
          "node-lease-duration-seconds": 40,
        }),
        // It serves nothing; that it works shows in its nodes' becoming Ready.
        probe: async () => true,
      },
    ],
  };
}

/** Names as Kubernetes' own RBAC bootstrap policy knows them; `plinth:` groups are bound at first start. */
async function ensureCertificates(authority: CertificateAuthority) {
  const requests = {
    etcd: { file: "etcd", commonName: "etcd", ...loopback },
    apiServer: {
      file: "kube-apiserver",
      commonName: "kube-apiserver",
      addresses: [...loopback.addresses, "10.96.0.1"],
      dnsNames: [...loopback.dnsNames, "kubernetes", "kubernetes.default", "kubernetes.default.svc"],
    },
    controllerManager: {
      file: "kube-controller-manager",
      commonName: "system:kube-controller-manager",
      ...loopback,
    },
    scheduler: { file: "kube-scheduler", commonName: "system:kube-scheduler", ...loopback },
    kwok: { file: "kwok", commonName: "plinth:kwok", organizations: ["plinth:simulated-nodes"] },
    hostNode: { file: "host-node", commonName: "system:node:host", organizations: ["system:nodes"] },
    admin: { file: "admin", commonName: "plinth:admin", organizations: ["system:masters"] },
  } satisfies Record<string, CertificateRequest>;
  const entries = await Promise.all(
    Object.entries(requests).map(async ([key, request]) => [key, await authority.ensureCertificate(request)]),
  );
  return Object.fromEntries(entries) as Record<keyof typeof requests, CertificateFiles>;
}

function etcdFlags(
  state: StateDirectory,
  { ports }: InstallationRecord,
  authority: CertificateAuthority,
  certificate: CertificateFiles,
) {
  const client = `https://127.0.0.1:${ports.etcdClient}`;
  const peer = `https://127.0.0.1:${ports.etcdPeer}`;
  return {
    name: "embedded",
    "data-dir": state.path("etcd"),
    "listen-client-urls": client,
    "advertise-client-urls": client,
    "listen-peer-urls": peer,
    "initial-advertise-peer-urls": peer,
    "initial-cluster": `embedded=${peer}`,
    "client-cert-auth": true,
    "trusted-ca-file": authority.certificateFile,
    "cert-file": certificate.certificate,
    "key-file": certificate.key,
    "peer-client-cert-auth": true,
    "peer-trusted-ca-file": authority.certificateFile,
    "peer-cert-file": certificate.certificate,
    "peer-key-file": certificate.key,
    "auto-compaction-mode": "periodic",
    "auto-compaction-retention": "10m",
    "log-level": "warn",
  };
}

/** Who changed what, without bodies (no secret can get in) and without the control plane's own chatter. */
const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "None", verbs: ["get", "list", "watch"] },
    { level: "None", resources: [{ group: "coordination.k8s.io", resources: ["leases"] }] },
    { level: "None", resources: [{ group: "", resources: ["events"] }, { group: "events.k8s.io" }] },
    { level: "Metadata" },
  ],
};

/** Namespaces that state no Pod Security level get `baseline`; teams' namespaces state their own. */
const admissionConfiguration = {
  apiVersion: "apiserver.config.k8s.io/v1",
  kind: "AdmissionConfiguration",
  plugins: [
    {
      name: "PodSecurity",
      configuration: {
        apiVersion: "pod-security.admission.config.k8s.io/v1",
        kind: "PodSecurityConfiguration",
        defaults: {
          enforce: "baseline",
          "enforce-version": "latest",
          audit: "restricted",
          "audit-version": "latest",
          warn: "restricted",
          "warn-version": "latest",
        },
        exemptions: { usernames: [], runtimeClasses: [], namespaces: ["kube-system"] },
      },
    },
  ],
};

function schedulerConfiguration(kubeconfig: string) {
  return {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    clientConnection: { kubeconfig, qps: clientLimits.qps, burst: clientLimits.burst },
    leaderElection: { leaderElect: false },
  };
}

function flags(values: Record<string, string | number | boolean>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
