/**
 * A small Kubernetes API client over node:https. The supervisor stays up for days beside the platform, and
 * @kubernetes/client-node costs 87 MB of memory when loaded; its types are used, its code only in tests.
 */
import { readFileSync } from "node:fs";
import type { OutgoingHttpHeaders } from "node:http";
import { Agent, type RequestOptions, request } from "node:https";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { z } from "zod";

export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata?: {
    name?: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    deletionTimestamp?: string | Date;
  };
}

export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: T;
}

/** A request that the API server answered with an error status. */
export class KubeApiError extends Error {
  override name = "KubeApiError";
  readonly status: number;
  readonly reason: string;
  /** When the server asks for a later try: how much later. It has then not acted on the request. */
  readonly retryAfterSeconds: number | undefined;
  constructor(status: number, reason: string, message: string, retryAfterSeconds?: number) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

const requestTimeoutMs = 30_000;
const watchTimeoutSeconds = 300;
const retryDelayMs = 500;
/** An API server that has just started refuses custom resources with 429 for about a second. */
const busyTries = 10;

export interface KubeApiOptions {
  readonly server: string;
  readonly certificateAuthority: string;
  /** Who asks: a client certificate with its key, or the bearer token of the moment. */
  readonly certificate?: string;
  readonly key?: string;
  readonly token?: () => string;
}

/** Where a kubelet puts the identity of a pod. */
const accountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";

export class KubeApi {
  private readonly server: URL;
  private readonly agent: Agent;
  private readonly token: (() => string) | undefined;

  constructor(options: KubeApiOptions) {
    this.server = new URL(options.server);
    this.token = options.token;
    this.agent = new Agent({
      keepAlive: true,
      ca: options.certificateAuthority,
      cert: options.certificate,
      key: options.key,
    });
  }

  /** Reads the single cluster and user of a kubeconfig that this project wrote. */
  static fromKubeconfig(file: string): KubeApi {
    const { clusters, users } = kubeconfig.parse(parse(readFileSync(file, "utf8")));
    const decode = (text: string) => Buffer.from(text, "base64").toString();
    return new KubeApi({
      server: clusters[0].cluster.server,
      certificateAuthority: decode(clusters[0].cluster["certificate-authority-data"]),
      certificate: decode(users[0].user["client-certificate-data"]),
      key: decode(users[0].user["client-key-data"]),
    });
  }

  /** With the service account of the pod that this runs in; its token is renewed while it runs. */
  static inCluster(environment = process.env, directory = accountDirectory): KubeApi {
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
    return new KubeApi({
      server: `https://${host?.includes(":") ? `[${host}]` : host}:${port}`,
      certificateAuthority: readFileSync(`${directory}/ca.crt`, "utf8"),
      token: () => readFileSync(`${directory}/token`, "utf8").trim(),
    });
  }

  async get<T>(path: string): Promise<T> {
    return JSON.parse(await this.send("GET", path));
  }

  /** The text of an endpoint that does not answer JSON, such as /readyz. */
  getText(path: string): Promise<string> {
    return this.send("GET", path);
  }

  async list<T>(path: string): Promise<T[]> {
    return (await this.get<{ items: T[] }>(path)).items;
  }

  async create<T>(path: string, body: unknown): Promise<T> {
    return JSON.parse(await this.send("POST", path, body));
  }

  /** Server-side apply: makes the object or brings it to this state, taking over fields set by others. */
  async apply<T>(path: string, body: unknown): Promise<T> {
    const query = "fieldManager=plinth-supervisor&force=true";
    return JSON.parse(await this.send("PATCH", `${path}?${query}`, body, "application/apply-patch+yaml"));
  }

  async mergePatch<T>(path: string, body: unknown): Promise<T> {
    return JSON.parse(await this.send("PATCH", path, body, "application/merge-patch+json"));
  }

  async remove(path: string, body?: unknown): Promise<void> {
    await this.send("DELETE", path, body).catch((error) => {
      if (!(error instanceof KubeApiError && error.status === 404)) throw error;
    });
  }

  /**
   * Lists and then watches until `signal` aborts, and lists anew every five minutes and after an error.
   * `onList` gets every object, so that what vanished meanwhile can be noticed. A server that has no patience
   * with a slow reader cuts its watch, which then goes on after the last event.
   */
  async watch<T extends KubeObject>(
    path: string,
    query: string,
    handlers: { onList(objects: T[]): void; onEvent(event: WatchEvent<T>): void },
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) {
      try {
        const list = await this.get<{ metadata: { resourceVersion: string }; items: T[] }>(
          `${path}?${query}`,
        );
        handlers.onList(list.items);
        const relistAt = Date.now() + watchTimeoutSeconds * 1000;
        let version = list.metadata.resourceVersion;
        for (let seconds = watchTimeoutSeconds; seconds > 0 && !signal.aborted; ) {
          const since = version;
          version = await this.follow(`${path}?${query}`, since, seconds, handlers.onEvent, signal);
          seconds = Math.round((relistAt - Date.now()) / 1000);
          // A server that ends each watch at once would be asked without pause.
          if (version === since && seconds > 0) await sleep(retryDelayMs);
        }
      } catch (error) {
        if (signal.aborted) return;
        // The API server restarts or a version expired: list again after a pause.
        if (error instanceof KubeApiError && error.status === 403) throw error;
        await sleep(retryDelayMs);
      }
    }
  }

  /** The version that it has seen last; throws where the server cannot go on from one. */
  private async follow<T extends KubeObject>(
    list: string,
    since: string,
    seconds: number,
    onEvent: (event: WatchEvent<T>) => void,
    signal: AbortSignal,
  ): Promise<string> {
    const parameters = `watch=1&resourceVersion=${since}&timeoutSeconds=${seconds}`;
    // The server ends each watch in time: a connection that is silent for longer is dead.
    const timeout = (seconds + 30) * 1000;
    const response = await this.open("GET", `${list}&${parameters}`, { signal, timeout });
    let version = since;
    for await (const line of createInterface({ input: response })) {
      const event = JSON.parse(line);
      if (event.type === "ERROR") throw new Error(event.object?.message ?? "the watch expired");
      onEvent(event);
      version = event.object.metadata?.resourceVersion ?? version;
    }
    return version;
  }

  private async send(method: string, path: string, body?: unknown, contentType?: string): Promise<string> {
    const response = await this.open(method, path, { timeout: requestTimeoutMs }, body, contentType);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  /** Tries again as long as the server is busy and says when it will not be. */
  private async open(...request: Parameters<KubeApi["openOnce"]>): Promise<Response> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.openOnce(...request);
      } catch (error) {
        const delaySeconds = error instanceof KubeApiError ? error.retryAfterSeconds : undefined;
        if (delaySeconds === undefined || tries === busyTries) throw error;
        await sleep(delaySeconds * 1000);
      }
    }
  }

  private openOnce(
    method: string,
    path: string,
    options: RequestOptions,
    body?: unknown,
    contentType = "application/json",
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const url = new URL(path, this.server);
      const payload = body === undefined ? undefined : JSON.stringify(body);
      // Stated, because Node frames the body of a DELETE only if it is told its length.
      const headers: OutgoingHttpHeaders =
        payload === undefined
          ? {}
          : { "content-type": contentType, "content-length": Buffer.byteLength(payload) };
      if (this.token) headers.authorization = `Bearer ${this.token()}`;
      const outgoing = request(url, { ...options, method, headers, agent: this.agent }, async (response) => {
        const status = response.statusCode ?? 0;
        if (status < 400) return resolve(response as never);
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        const text = Buffer.concat(chunks).toString();
        reject(toError(status, text, `${method} ${path}`, response.headers["retry-after"]));
      });
      outgoing.on("timeout", () => {
        const error = new Error(`${method} ${path} timed out`);
        outgoing.destroy(Object.assign(error, { code: "ETIMEDOUT" }));
      });
      outgoing.on("error", reject);
      outgoing.end(payload);
    });
  }
}

type Response = AsyncIterable<Buffer> & NodeJS.ReadableStream;

const kubeconfig = z.object({
  clusters: z.tuple([
    z.object({ cluster: z.object({ server: z.url(), "certificate-authority-data": z.base64() }) }),
  ]),
  users: z.tuple([
    z.object({
      user: z.object({ "client-certificate-data": z.base64(), "client-key-data": z.base64() }),
    }),
  ]),
});

function toError(status: number, text: string, request: string, retryAfter?: string): KubeApiError {
  const retryAfterSeconds = status === 429 && retryAfter ? Number(retryAfter) : undefined;
  try {
    const { reason, message } = JSON.parse(text);
    return new KubeApiError(status, reason ?? "", message ?? text, retryAfterSeconds);
  } catch {
    const message = `${request}: HTTP ${status} ${text.slice(0, 200)}`;
    return new KubeApiError(status, "", message, retryAfterSeconds);
  }
}

/** For a list of a kind that the cluster may not have. */
export function emptyIfUnknown(error: unknown): never[] {
  if (error instanceof KubeApiError && error.status === 404) return [];
  throw error;
}
