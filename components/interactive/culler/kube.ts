/** The API server as a pod sees it: by its service account, whose token is renewed on disk. */
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { json } from "node:stream/consumers";

export interface Kube {
  get<T>(path: string): Promise<T>;
  /** A JSON merge patch. */
  patch(path: string, body: object): Promise<void>;
}

const timeoutMs = 10_000;

/** `directory` holds token and certificate authority; `address` is host and port. */
export function inClusterKube(directory: string, address: string): Kube {
  const send = (method: string, path: string, body?: object): Promise<unknown> => {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${readFileSync(`${directory}/token`, "utf8").trim()}`,
      ...(payload === undefined
        ? {}
        : { "content-type": "application/merge-patch+json", "content-length": Buffer.byteLength(payload) }),
    };
    const ca = readFileSync(`${directory}/ca.crt`);
    return new Promise((resolve, reject) => {
      const url = new URL(path, `https://${address}`);
      const outgoing = request(
        url,
        { method, headers, ca, signal: AbortSignal.timeout(timeoutMs) },
        (response) => {
          const code = response.statusCode ?? 0;
          json(response).then((answer) => {
            if (code < 300) return resolve(answer);
            const { message } = answer as { message?: string };
            return reject(new Error(`${method} ${path}: ${code} ${message}`));
          }, reject);
        },
      );
      outgoing.on("error", reject);
      outgoing.end(payload);
    });
  };
  return {
    get: (path) => send("GET", path) as Promise<never>,
    patch: (path, body) => send("PATCH", path, body).then(() => undefined),
  };
}
