/** An API server with lists and watches that a test fills by hand. */
import type { ServerResponse } from "node:http";
import { httpsServer, type ReceivedRequest } from "./https-server.ts";

export interface WatchedApi {
  readonly api: Awaited<ReturnType<typeof httpsServer>>["api"];
  readonly requests: readonly ReceivedRequest[];
  /** Sends an event to whoever watches this path. */
  send(path: string, type: string, object: object): void;
}

/** Serves what `lists` has under each path; the rest of the requests is taken and answered by {}. */
export async function watchedApi(lists: Readonly<Record<string, readonly object[]>>): Promise<WatchedApi> {
  const watches = new Map<string, ServerResponse>();
  const { api, requests } = await httpsServer(({ method, url }, response) => {
    const [path = "", query = ""] = url.split("?");
    response.writeHead(200, { "content-type": "application/json" });
    if (method !== "GET") return void response.end("{}");
    if (!query.includes("watch=1")) {
      return void response.end(
        JSON.stringify({ metadata: { resourceVersion: "1" }, items: lists[path] ?? [] }),
      );
    }
    response.flushHeaders();
    watches.set(path, response);
  });
  return {
    api,
    requests,
    send: (path, type, object) => {
      const watch = watches.get(path);
      if (!watch) throw new Error(`nobody watches ${path}; only ${[...watches.keys()].join(", ")}`);
      watch.write(`${JSON.stringify({ type, object })}\n`);
    },
  };
}
