/**
 * Answers as the Jupyter server of every notebook, where an HTTP proxy would pass the requests on: simulated
 * nodes run no program. The answers have the form of Jupyter Server 2.21.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Kernel {
  readonly last_activity: string;
  readonly execution_state: "idle" | "busy" | "starting";
}

export interface JupyterServer {
  readonly token: string;
  readonly started: string;
  readonly kernels: readonly Kernel[];
  readonly terminals: readonly { readonly last_activity: string }[];
}

export class JupyterServers {
  /** By `<name>.<namespace>`. */
  readonly servers = new Map<string, JupyterServer>();
  /** Hosts that were asked with the wrong token, or although there is no server. */
  readonly refused: string[] = [];
  private readonly server = createServer((request, response) => this.answer(request, response));

  /** The URL of the proxy. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private answer({ url, headers }: IncomingMessage, response: ServerResponse): void {
    const { hostname, port, pathname } = new URL(url ?? "", "http://unknown");
    const name = hostname.replace(/\.svc$/, "");
    const found = this.servers.get(name);
    if (!found || port !== "8888") {
      this.reply(response, 502, { message: `no server at ${hostname}` });
      return;
    }
    if (headers.authorization !== `token ${found.token}`) {
      this.refused.push(name);
      this.reply(response, 403, { message: "Forbidden", reason: null });
      return;
    }
    const { started, kernels, terminals } = found;
    const answers: Record<string, object> = {
      "/api/status": { connections: 0, kernels: kernels.length, last_activity: now(), started },
      "/api/kernels": kernels.map((kernel, id) => ({
        id: `kernel-${id}`,
        name: "python3",
        connections: 1,
        ...kernel,
      })),
      "/api/terminals": terminals.map((terminal, id) => ({ name: String(id + 1), ...terminal })),
    };
    const body = answers[pathname];
    this.reply(response, body ? 200 : 404, body ?? { message: "Not Found", reason: null });
  }

  private reply(response: ServerResponse, status: number, body: object): void {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  }
}

function now(): string {
  return new Date().toISOString();
}

/** A moment in the form that Jupyter writes, so many minutes ago. */
export function minutesAgo(minutes: number): string {
  return new Date(Date.now() - minutes * 60_000).toISOString();
}
