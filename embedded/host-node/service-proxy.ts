/**
 * What kube-proxy is to other nodes: connections to a Service go to those of its pods on the host node that
 * are ready. It listens on an address of this machine alone, and at the Services of inference servers only:
 * nothing else here is asked through a Service.
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { inferenceLabels } from "../../components/catalogue/labels.ts";
import type { KubeApi } from "../cluster/kube-api.ts";
import { serviceAddress } from "./pod-address.ts";

/** A pod that takes new connections. */
export interface ServingPod {
  readonly pod: V1Pod;
  readonly address: string;
}

const connectionsMax = 4096;
const retryMs = 2000;

interface Listener {
  readonly servers: readonly Server[];
  readonly retries: Set<NodeJS.Timeout>;
}

export class ServiceProxy {
  private readonly api: KubeApi;
  private readonly serving: () => readonly ServingPod[];
  private readonly listeners = new Map<string, Listener>();
  private readonly stopping = new AbortController();
  private work: Promise<unknown> = Promise.resolve();
  private turn = 0;

  /** `serving` is asked at every connection. */
  constructor(api: KubeApi, serving: () => readonly ServingPod[]) {
    this.api = api;
    this.serving = serving;
  }

  start(): void {
    this.work = this.api.watch<V1Service>(
      "/api/v1/services",
      `labelSelector=${inferenceLabels.server}`,
      {
        onList: (services) => this.reconcile(services),
        onEvent: ({ type, object }) => (type === "DELETED" ? this.close(uidOf(object)) : this.open(object)),
      },
      this.stopping.signal,
    );
  }

  /** Connections that are open go on until their programs end. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.work.catch(() => undefined);
    for (const uid of [...this.listeners.keys()]) this.close(uid);
  }

  private reconcile(services: readonly V1Service[]): void {
    const present = new Set(services.map(uidOf));
    for (const uid of [...this.listeners.keys()]) if (!present.has(uid)) this.close(uid);
    for (const service of services) this.open(service);
  }

  /** What a Service selects and where it leads may change; its addresses and ports are those of the first. */
  private open(service: V1Service): void {
    const uid = uidOf(service);
    const { clusterIP = "", ports = [] } = service.spec ?? {};
    if (this.listeners.has(uid) || !/^\d+\./.test(clusterIP)) return;
    const retries = new Set<NodeJS.Timeout>();
    const servers = ports.map(({ port, targetPort = port }) => {
      // Who has said all may still listen.
      const server = createServer({ allowHalfOpen: true }, (socket) =>
        this.lead(socket, service, targetPort),
      );
      server.maxConnections = connectionsMax;
      const listen = () => server.listen({ host: serviceAddress(clusterIP), port });
      server.on("error", (error) => {
        process.stderr.write(`${new Date().toISOString()} service ${nameOf(service)}: ${error.message}\n`);
        // Whoever has the port may go.
        const retry = setTimeout(() => {
          retries.delete(retry);
          listen();
        }, retryMs);
        retries.add(retry);
      });
      listen();
      return server;
    });
    this.listeners.set(uid, { servers, retries });
  }

  private close(uid: string): void {
    const { servers = [], retries = [] } = this.listeners.get(uid) ?? {};
    for (const retry of retries) clearTimeout(retry);
    for (const server of servers) server.close();
    this.listeners.delete(uid);
  }

  /** To one after the other; where nobody is ready, the connection ends as if nobody listened. */
  private lead(socket: Socket, service: V1Service, targetPort: string | number): void {
    socket.on("error", () => socket.destroy());
    const pods = this.serving().filter(({ pod }) => isSelected(pod, service));
    const chosen = pods[this.turn % Math.max(1, pods.length)];
    const port = chosen && portOf(chosen.pod, targetPort);
    if (!chosen || port === undefined) return void socket.destroy();
    this.turn += 1;
    const upstream = connect({ host: chosen.address, port, allowHalfOpen: true });
    // What was said before a fault is lost with it; after an orderly end a slow reader still gets the rest.
    upstream.on("error", () => socket.destroy());
    socket.on("close", () => upstream.destroy());
    socket.pipe(upstream).pipe(socket);
  }
}

function isSelected({ metadata }: V1Pod, { metadata: own, spec }: V1Service): boolean {
  const selector = Object.entries(spec?.selector ?? {});
  if (selector.length === 0 || metadata?.namespace !== own?.namespace) return false;
  return selector.every(([label, value]) => metadata?.labels?.[label] === value);
}

function portOf({ spec }: V1Pod, target: string | number): number | undefined {
  if (typeof target === "number") return target;
  const ports = (spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  return ports.find(({ name }) => name === target)?.containerPort;
}

function uidOf({ metadata }: V1Service): string {
  return metadata?.uid ?? "";
}

function nameOf({ metadata }: V1Service): string {
  return `${metadata?.namespace}/${metadata?.name}`;
}
