/** The API server as one service account of a team sees it: every answer is data, refusals included. */
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { parse } from "yaml";
import type { TestPlatform } from "./platform.ts";

export interface Answer {
  readonly status: number;
  /** The object, or the Status that says why not. */
  readonly body: { readonly message?: string; readonly reason?: string; readonly [key: string]: unknown };
}

/** More at once would only queue in the API server. */
const connections = 8;

export class TeamClient {
  readonly user: string;
  private readonly server: string;
  private readonly token: string;
  private readonly agent: Agent;

  /** Asks the API server for a token of the account, as a pod or a person of the team would use it. */
  static async of(platform: TestPlatform, namespace: string, account: string): Promise<TeamClient> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
    const spec = { expirationSeconds: 3600 };
    const { status } = await platform.api.create<{ status: { token: string } }>(path, { spec });
    const user = `system:serviceaccount:${namespace}:${account}`;
    return new TeamClient(user, status.token, platform.state.kubeconfig);
  }

  private constructor(user: string, token: string, kubeconfig: string) {
    const { cluster } = parse(readFileSync(kubeconfig, "utf8")).clusters[0];
    this.user = user;
    this.server = cluster.server;
    this.token = token;
    const ca = Buffer.from(cluster["certificate-authority-data"], "base64");
    this.agent = new Agent({ keepAlive: true, maxSockets: connections, ca });
  }

  /** Sends one request; a watch is closed as soon as it is answered. */
  send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        new URL(path, this.server),
        {
          method,
          agent: this.agent,
          headers: {
            authorization: `Bearer ${this.token}`,
            ...(payload === undefined
              ? {}
              : {
                  "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
                  "content-length": Buffer.byteLength(payload),
                }),
            ...headers,
          },
        },
        async (response) => {
          const status = response.statusCode ?? 0;
          if (status === 200 && path.includes("watch=1")) {
            outgoing.destroy();
            return resolve({ status, body: {} });
          }
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk as Buffer);
          resolve({ status, body: readBody(Buffer.concat(chunks).toString()) });
        },
      );
      outgoing.on("error", reject);
      outgoing.end(payload);
    });
  }

  /** Sends what must succeed. */
  async must<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.send(method, path, body);
    if (answer.status < 300) return answer.body as T;
    throw new Error(`${this.user}: ${method} ${path}: ${answer.status} ${answer.body.message}`);
  }

  close(): void {
    this.agent.destroy();
  }
}

/** Not every endpoint answers JSON; logs, for example, are text. */
function readBody(text: string): Answer["body"] {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text };
  }
}
