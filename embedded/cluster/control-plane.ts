/** The control plane's processes as a table: what each is called with, and how it shows that it is ready. */
import { totalmem } from "node:os";
import { stringify } from "yaml";
import type {
  CertificateAuthority,
  CertificateFiles,
  CertificateRequest,
  KeyPairFiles,
} from "./certificates.ts";
import {
  admissionConfiguration,
  apiServerGrowthPercent,
  apiServerMemoryMiB,
  auditPolicy,
  clientLimits,
  schedulerConfiguration,
  schedulerExtenderUrl,
} from "./control-plane-config.ts";
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

/** What every process is described from. */
interface Parts {
  readonly state: StateDirectory;
  readonly ports: InstallationRecord["ports"];
  readonly authority: CertificateAuthority;
  readonly certificates: Awaited<ReturnType<typeof ensureCertificates>>;
  readonly serviceAccountKeys: KeyPairFiles;
  readonly programs: ControlPlanePrograms;
}

/** Prepares certificates and configuration files of every process; starts nothing. */
export async function describeControlPlane(
  state: StateDirectory,
  { ports }: InstallationRecord,
  authority: CertificateAuthority,
  serviceAccountKeys: KeyPairFiles,
  programs: ControlPlanePrograms,
): Promise<ControlPlane> {
  const certificates = await ensureCertificates(authority);
  const parts: Parts = { state, ports, authority, certificates, serviceAccountKeys, programs };
  state.directory("config");
  return {
    serverUrl: serverUrl(parts),
    adminKubeconfig: kubeconfig(parts, state.kubeconfig, "admin", certificates.admin),
    hostNodeClient: certificates.hostNode,
    etcd: etcd(parts),
    apiServer: apiServer(parts),
    clients: [controllerManager(parts), scheduler(parts), kwok(parts)],
  };
}

function etcd(parts: Parts): ProcessSpec {
  return {
    name: "etcd",
    command: parts.programs.etcd,
    args: flags(etcdFlags(parts)),
    environment: { GOGC: "50" },
    probe: probe(parts, parts.ports.etcdClient, "/readyz", parts.certificates.etcd),
  };
}

function apiServer(parts: Parts): ProcessSpec {
  const { state, ports, authority, certificates, serviceAccountKeys, programs } = parts;
  return {
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
      "admission-control-config-file": config(parts, "admission.yaml", stringify(admissionConfiguration)),
      "service-account-issuer": "https://kubernetes.default.svc",
      "service-account-key-file": serviceAccountKeys.publicKey,
      "service-account-signing-key-file": serviceAccountKeys.privateKey,
      "service-cluster-ip-range": serviceRange,
      "audit-policy-file": config(parts, "audit-policy.yaml", stringify(auditPolicy)),
      "audit-log-path": state.path("logs", "audit.log"),
      "audit-log-maxsize": 50,
      "audit-log-maxbackup": 2,
      profiling: false,
    }),
    environment: {
      GOGC: `${apiServerGrowthPercent(process.env)}`,
      GOMEMLIMIT: `${apiServerMemoryMiB(totalmem() / 2 ** 20)}MiB`,
    },
    probe: probe(parts, ports.apiServer, "/readyz"),
  };
}

function controllerManager(parts: Parts): ProcessSpec {
  const { state, ports, authority, certificates, serviceAccountKeys, programs } = parts;
  const file = state.path("config", "controller-manager.kubeconfig");
  kubeconfig(parts, file, "controller-manager", certificates.controllerManager);
  return {
    name: "kube-controller-manager",
    command: programs.kubeControllerManager,
    args: flags({
      ...serving(certificates.controllerManager),
      kubeconfig: file,
      "authentication-kubeconfig": file,
      "authorization-kubeconfig": file,
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
    probe: probe(parts, ports.controllerManager, "/healthz"),
  };
}

function scheduler(parts: Parts): ProcessSpec {
  const { state, ports, certificates, programs } = parts;
  const file = state.path("config", "scheduler.kubeconfig");
  kubeconfig(parts, file, "scheduler", certificates.scheduler);
  return {
    name: "kube-scheduler",
    command: programs.kubeScheduler,
    args: flags({
      ...serving(certificates.scheduler),
      config: config(
        parts,
        "scheduler.yaml",
        stringify(schedulerConfiguration(file, schedulerExtenderUrl(process.env))),
      ),
      "authentication-kubeconfig": file,
      "authorization-kubeconfig": file,
      "bind-address": "127.0.0.1",
      "secure-port": ports.scheduler,
    }),
    probe: probe(parts, ports.scheduler, "/healthz"),
  };
}

function kwok(parts: Parts): ProcessSpec {
  const { state, certificates, programs } = parts;
  return {
    name: "kwok",
    command: programs.kwok,
    args: flags({
      kubeconfig: kubeconfig(parts, state.path("config", "kwok.kubeconfig"), "kwok", certificates.kwok),
      config: config(parts, "kwok-stages.yaml", renderKwokStages(programs.kwokStages)),
      "manage-all-nodes": false,
      "manage-nodes-with-annotation-selector": "kwok.x-k8s.io/node=fake",
      cidr: simulatedPodRange,
      "node-ip": "10.63.0.1",
      "node-lease-duration-seconds": 40,
    }),
    // It serves nothing; that it works shows in its nodes' becoming Ready.
    probe: async () => true,
  };
}

function serverUrl({ ports }: Pick<Parts, "ports">): string {
  return `https://127.0.0.1:${ports.apiServer}`;
}

/** Writes a kubeconfig and returns its path. */
function kubeconfig(parts: Parts, file: string, user: string, client: CertificateFiles): string {
  const certificateAuthorityPem = parts.authority.certificatePem;
  writeKubeconfig(file, { server: serverUrl(parts), certificateAuthorityPem, user, client });
  return file;
}

/** Writes a configuration file and returns its path. */
function config({ state }: Parts, name: string, content: string): string {
  const file = state.path("config", name);
  writeFileAtomically(file, content);
  return file;
}

function probe({ authority, certificates }: Parts, port: number, path: string, client = certificates.admin) {
  return httpsProbe({ port, path, authority: authority.certificatePem, client });
}

function serving({ certificate, key }: CertificateFiles) {
  return { "tls-cert-file": certificate, "tls-private-key-file": key };
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

function etcdFlags({ state, ports, authority, certificates }: Parts) {
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
    "cert-file": certificates.etcd.certificate,
    "key-file": certificates.etcd.key,
    "peer-client-cert-auth": true,
    "peer-trusted-ca-file": authority.certificateFile,
    "peer-cert-file": certificates.etcd.certificate,
    "peer-key-file": certificates.etcd.key,
    "auto-compaction-mode": "periodic",
    "auto-compaction-retention": "10m",
    "log-level": "warn",
  };
}

function flags(values: Record<string, string | number | boolean>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
