/** Brings the embedded cluster up in order, keeps it running, and takes it down in the reverse order. */
import { existsSync, readFileSync } from "node:fs";
import { versions } from "../../components/catalogue/versions.ts";
import { HostNodeAgent } from "../host-node/agent.ts";
import type { HostProgram } from "../host-node/programs.ts";
import { RayDashboards } from "../host-node/ray-dashboards.ts";
import { ServiceProxy } from "../host-node/service-proxy.ts";
import { ensureServiceAccountKeys, openCertificateAuthority } from "./certificates.ts";
import { applyClusterObjects, applyDefinitions, releaseSimulatedNodes } from "./cluster-objects.ts";
import { type ControlPlane, describeControlPlane } from "./control-plane.ts";
import { hostPrograms } from "./controllers.ts";
import { KubeApi } from "./kube-api.ts";
import { ManagedProcess, type ProcessStatus, rotateLog } from "./managed-process.ts";
import { hasData, keepPreparedData, preparedDataDirectory, usePreparedData } from "./prepared-data.ts";
import { type ClusterPrograms, type ControllerPrograms, definitionDirectories } from "./programs.ts";
import { SimulatedDisks } from "./simulated-disks.ts";
import { type InstallationRecord, type StateDirectory, writeFileAtomically } from "./state-directory.ts";

export interface SupervisorStatus {
  readonly phase: "starting" | "running" | "stopping" | "failed";
  /** What is being waited for while starting; why it failed afterwards. */
  readonly message: string;
  readonly processes: readonly ProcessStatus[];
}

/** With those of the control plane, well below what `stopCluster` waits. */
const hostNodeGraceSeconds = 40;
const graceMs = { client: 5_000, apiServer: 3_000, etcd: 10_000 };
const logCheckMs = 60_000;

export class Supervisor {
  private readonly state: StateDirectory;
  private readonly record: InstallationRecord;
  private programs: ClusterPrograms;
  /** What the host node can run; grows with the controllers that stacks ask for. */
  private readonly hostPrograms: HostProgram[] = [];
  private readonly processes: ManagedProcess[] = [];
  private api: KubeApi | undefined;
  private dashboards: RayDashboards | undefined;
  private agent: HostNodeAgent | undefined;
  private proxy: ServiceProxy | undefined;
  private disks: SimulatedDisks | undefined;
  private phase: SupervisorStatus["phase"] = "starting";
  private message = "certificates";
  private logTimer: NodeJS.Timeout | undefined;

  constructor(state: StateDirectory, record: InstallationRecord, programs: ClusterPrograms) {
    this.state = state;
    this.record = record;
    this.programs = programs;
  }

  get status(): SupervisorStatus {
    const processes = this.processes.map(({ status }) => status);
    return { phase: this.phase, message: this.message, processes };
  }

  async start(): Promise<void> {
    try {
      await this.bringUp();
      this.phase = "running";
      this.message = "";
    } catch (error) {
      this.phase = "failed";
      this.message = error instanceof Error ? error.message : String(error);
    }
  }

  /** Serves the kinds of more controllers and lets the host node run them, now and after every restart. */
  async addControllers(added: ControllerPrograms): Promise<void> {
    if (!this.api) throw new Error("the cluster has not started");
    const programs = { ...this.programs, controllers: { ...this.programs.controllers, ...added } };
    const served = definitionDirectories(this.programs);
    const missing = definitionDirectories(programs).filter((directory) => !served.includes(directory));
    for (const directory of missing) await applyDefinitions(this.api, directory);
    await this.takeUp(programs);
    writeFileAtomically(this.state.path("programs.json"), JSON.stringify(programs, null, 2));
  }

  async stop(): Promise<void> {
    this.phase = "stopping";
    clearInterval(this.logTimer);
    await this.agent?.stop(hostNodeGraceSeconds);
    await this.proxy?.stop();
    await this.dashboards?.stop();
    await this.disks?.stop();
    // A server that is asked to stop while clients hold watches drains for a minute: clients first.
    const [etcd, apiServer, ...clients] = this.processes;
    await Promise.all(clients.map((client) => client.stop(graceMs.client)));
    await apiServer?.stop(graceMs.apiServer);
    await etcd?.stop(graceMs.etcd);
  }

  private async bringUp(): Promise<void> {
    const authority = await openCertificateAuthority(this.state);
    await authority.ensureCertificate(hostProgramsCertificate);
    const serviceAccountKeys = await ensureServiceAccountKeys(this.state);
    const plane = await describeControlPlane(
      this.state,
      this.record,
      authority,
      serviceAccountKeys,
      this.programs,
    );
    const api = await this.bringUpServer(plane);
    await this.takeUp(this.programs);
    await this.bringUpClients(plane, api, authority.certificatePem);
    this.logTimer = setInterval(() => {
      for (const { logFile } of this.processes) rotateLog(logFile);
    }, logCheckMs);
  }

  /** etcd, the API server, and every kind that a stack may name. */
  private async bringUpServer(plane: ControlPlane): Promise<KubeApi> {
    const { etcd: etcdProgram, kubeApiServer, kueueCrds } = this.programs;
    const definitions = definitionDirectories(this.programs);
    const preparedWith = (directories: readonly string[]) =>
      preparedDataDirectory([etcdProgram, kubeApiServer, ...directories]);
    const data = this.state.path("etcd");
    const isNew = !hasData(data);
    const prepared = [definitions, [kueueCrds]].find((served) => usePreparedData(preparedWith(served), data));
    const etcd = await this.run(plane.etcd);
    await this.run(plane.apiServer);
    const api = KubeApi.fromKubeconfig(plane.adminKubeconfig);
    this.message = "definitions of kinds";
    const applied = isNew ? (prepared ?? []) : readApplied(this.state);
    const missing = definitions.filter((directory) => !applied.includes(directory));
    await Promise.all(missing.map((directory) => applyDefinitions(api, directory)));
    const { pid } = etcd.status;
    if (isNew && missing.length > 0 && pid !== null) keepPreparedData(preparedWith(definitions), data, pid);
    this.api = api;
    return api;
  }

  private async takeUp(programs: ClusterPrograms): Promise<void> {
    this.programs = programs;
    const ports = this.state.readRecord()?.controllers.kuberay;
    if (programs.controllers.kuberay && ports && !this.dashboards) {
      this.dashboards = new RayDashboards();
      await this.dashboards.start(ports.webhook);
    }
    this.hostPrograms.splice(0, Infinity, ...hostPrograms(programs));
    writeFileAtomically(this.state.path(appliedFile), definitionDirectories(programs).join("\n"));
  }

  private async bringUpClients(plane: ControlPlane, api: KubeApi, authorityPem: string): Promise<void> {
    this.message = "objects of the cluster itself";
    await applyClusterObjects(api);
    const specs = plane.clients.map((spec) =>
      spec.name === "kwok" ? { ...spec, beforeStart: () => releaseSimulatedNodes(api) } : spec,
    );
    this.agent = new HostNodeAgent(
      {
        api: new KubeApi({
          server: plane.serverUrl,
          certificateAuthority: authorityPem,
          certificate: readFileSync(plane.hostNodeClient.certificate, "utf8"),
          key: readFileSync(plane.hostNodeClient.key, "utf8"),
        }),
        programs: this.hostPrograms,
        apiServer: { host: "127.0.0.1", port: this.record.ports.apiServer },
        podsDirectory: this.state.directory("pods"),
        logsDirectory: this.state.directory("logs"),
      },
      `v${versions.kubernetes.version}-plinth`,
    );
    this.proxy = new ServiceProxy(api, () => this.agent?.serving ?? []);
    this.proxy.start();
    this.disks = new SimulatedDisks(api);
    this.disks.start();
    await Promise.all([...specs.map((spec) => this.run(spec)), this.agent.start()]);
  }

  private async run(spec: ConstructorParameters<typeof ManagedProcess>[0]): Promise<ManagedProcess> {
    this.message = spec.name;
    const process = new ManagedProcess(spec, this.state);
    this.processes.push(process);
    process.on("failure", (error: Error) => {
      this.message = error.message;
    });
    await process.start();
    return process;
  }
}

/** Names the definitions that the cluster has; a toolchain that brings others has them applied (F50). */
const appliedFile = "definitions";

function readApplied(state: StateDirectory): string[] {
  const file = state.path(appliedFile);
  return existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
}

/** Serves the webhooks of every controller on the host node. */
const hostProgramsCertificate = {
  file: "host-programs",
  commonName: "plinth host programs",
  addresses: ["127.0.0.1"],
  dnsNames: ["localhost"],
};
