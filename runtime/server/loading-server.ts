/** What answers the port while a model is loaded: the process lives, and all else is told to come back. */
import { createServer, type Server, type ServerResponse } from "node:http";
import { Socket } from "node:net";
import { ApiError } from "./api-error.ts";
import { clientErrorAnswer } from "./client-error.ts";
import { enginePaths, livePaths, readyPaths } from "./health.ts";
import { OpenAnswers } from "./open-answers.ts";
import type { ServerSettings } from "./settings.ts";

/** Loading takes seconds to minutes, and how long nobody knows. */
const retrySeconds = 5;

export class LoadingServer {
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  /** Rejects where the port cannot be had, before anything is loaded. */
  static async listen(
    host: string,
    port: number,
    { receiveSeconds, connections }: Pick<ServerSettings, "receiveSeconds" | "connections">,
  ): Promise<LoadingServer> {
    const milliseconds = receiveSeconds * 1000;
    const limits = { headersTimeout: milliseconds, requestTimeout: milliseconds };
    const server = createServer({ ...limits, connectionsCheckingInterval: 1000 }, ({ url = "" }, response) =>
      send(response, answerTo(pathOf(url))),
    );
    server.maxConnections = connections;
    const answers = new OpenAnswers(server);
    server.on("clientError", ({ code }: NodeJS.ErrnoException, socket) => {
      if (socket instanceof Socket) answers.refuse(socket, clientErrorAnswer(code));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, resolve);
    });
    return new LoadingServer(server);
  }

  /** The port is free once it resolves; harmless a second time. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    await new Promise((resolve) => {
      this.server.close(resolve);
      // Answers leave as they are given: what is left are requests that have not arrived.
      this.server.closeAllConnections();
    });
  }
}

function answerTo(path: string): { status: number; headers?: Record<string, string>; body: object } {
  if (livePaths.includes(path)) return { status: 200, body: { status: "live" } };
  if ([...enginePaths, ...readyPaths].includes(path)) return { status: 503, body: { status: "starting" } };
  const error = new ApiError("not_ready", "the model is being loaded", { retrySeconds });
  const body = path.startsWith("/v2") ? { error: error.message } : error.body;
  return { status: error.status, headers: error.headers, body };
}

/** Whoever asks again comes to the server that takes its place. */
function send(response: ServerResponse, { status, headers, body }: ReturnType<typeof answerTo>): void {
  const usual = { "content-type": "application/json; charset=utf-8", connection: "close" };
  response.writeHead(status, { ...usual, ...headers }).end(JSON.stringify(body));
}

/** Of a request: what comes behind it asks for nothing else here. */
function pathOf(url: string): string {
  const [path = ""] = url.split("?");
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
