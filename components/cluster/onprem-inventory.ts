/**
 * Reads what a cluster has before anything is applied to it. The provider's own look-ups find single objects
 * by name, as resources with unknown values; here lists are wanted, and an answer before any is registered.
 */
import { Agent, request } from "node:https";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { SiteInventory } from "../planning/site-inventory.ts";
import { type Connection, connectionOf, type KubeconfigSource } from "./onprem-kubeconfig.ts";

const labels = z.record(z.string(), z.string()).nullish();
const listOf = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item) });
const metadata = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  labels,
  annotations: labels,
});

const versionAnswer = z.object({ gitVersion: z.string() });
const nodesAnswer = listOf(
  z.object({
    metadata,
    spec: z
      .object({
        taints: z
          .array(
            z.object({
              key: z.string(),
              value: z.string().default(""),
              effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
            }),
          )
          .nullish(),
      })
      .nullish(),
    status: z.object({
      allocatable: labels,
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish(),
    }),
  }),
);
const classesAnswer = listOf(z.object({ metadata, volumeBindingMode: z.string().nullish() }));
const containers = z.array(z.object({ image: z.string().nullish() })).nullish();
const daemonsAnswer = listOf(
  z.object({ metadata, spec: z.object({ template: z.object({ spec: z.object({ containers }) }) }) }),
);

/** Everything that the checks look at; a cluster that does not answer is told by its address. */
export async function readInventory(source: KubeconfigSource): Promise<SiteInventory> {
  const connection = await connectionOf(source);
  const api = new SiteApi(connection);
  try {
    const [version, nodes, classes, daemons] = await Promise.all([
      api.get("/version", versionAnswer),
      api.get("/api/v1/nodes", nodesAnswer),
      api.get("/apis/storage.k8s.io/v1/storageclasses", classesAnswer),
      api.get("/apis/apps/v1/daemonsets", daemonsAnswer),
    ]);
    return {
      server: connection.server,
      kubernetes: version.gitVersion,
      nodes: nodes.items.map(({ metadata: { name, labels: own }, spec, status }) => ({
        name,
        labels: own ?? {},
        taints: spec?.taints ?? [],
        allocatable: status.allocatable ?? {},
        isReady: (status.conditions ?? []).some(({ type, status: is }) => type === "Ready" && is === "True"),
      })),
      storageClasses: classes.items.map(({ metadata: { name, annotations }, volumeBindingMode }) => ({
        name,
        isDefault: annotations?.["storageclass.kubernetes.io/is-default-class"] === "true",
        waitsForPod: volumeBindingMode === "WaitForFirstConsumer",
      })),
      daemons: daemons.items.map(({ metadata: { name, namespace }, spec }) => ({
        name,
        namespace: namespace ?? "",
        images: (spec.template.spec.containers ?? []).flatMap(({ image }) => image ?? []),
      })),
    };
  } finally {
    api.close();
  }
}

const timeoutMs = 30_000;

class SiteApi {
  private readonly connection: Connection;
  private readonly agent: Agent;

  constructor(connection: Connection) {
    const { certificateAuthority: ca, certificate: cert, key, serverName } = connection;
    this.connection = connection;
    this.agent = new Agent({
      keepAlive: true,
      ca,
      cert,
      key,
      ...(serverName ? { servername: serverName } : {}),
    });
  }

  /** Each object of an answer is read by a schema: a list of another shape is told, not guessed at. */
  async get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    const answer = schema.safeParse(this.parsed(path, await this.text(path)));
    if (answer.success) return answer.data;
    throw this.error(path, z.prettifyError(answer.error));
  }

  /** A login page answers as well, and with 200. */
  private parsed(path: string, text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.error(path, "the answer is not JSON");
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private text(path: string): Promise<string> {
    const { server, token } = this.connection;
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return new Promise((resolve, reject) => {
      const outgoing = request(
        new URL(server.replace(/\/$/, "") + path),
        { agent: this.agent, headers, timeout: timeoutMs },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk) => chunks.push(chunk));
          response.on("error", (error) => reject(this.error(path, error.message)));
          response.on("end", () => {
            const body = Buffer.concat(chunks).toString();
            if (response.statusCode === 200) return resolve(body);
            reject(this.error(path, `HTTP ${response.statusCode} ${reasonIn(body)}`));
          });
        },
      );
      outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
      outgoing.on("error", (error) => reject(this.error(path, error.message)));
      outgoing.end();
    });
  }

  private error(path: string, reason: string): pulumi.RunError {
    return new pulumi.RunError(`cluster at ${this.connection.server}: ${path} cannot be read: ${reason}`);
  }
}

/** The API server's own words, which name the right that is missing. */
function reasonIn(body: string): string {
  try {
    return String(JSON.parse(body).message ?? "");
  } catch {
    return body.slice(0, 200);
  }
}
