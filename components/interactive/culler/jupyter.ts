/** Asks a Jupyter server what goes on in it, without that being activity itself. */
import { type IncomingMessage, type RequestOptions, request } from "node:http";
import type { Activity } from "./idleness.ts";

export interface Server {
  /** Host and port. */
  readonly address: string;
  readonly token: string;
}

const timeoutMs = 10_000;
/** A team decides what its server answers; an endless one must not stop the culling of all the others. */
const mostBytes = 1 << 20;

/** `proxy` is the URL of an HTTP proxy, as HTTP_PROXY names one. */
export async function askJupyter(server: Server, proxy?: string): Promise<Activity> {
  const [status, kernels, terminals] = await Promise.all(
    ["status", "kernels", "terminals"].map((name) => get(server, `/api/${name}?no_track_activity=1`, proxy)),
  );
  // A server without the extension for terminals has no such address.
  return { status: found(status), kernels: found(kernels), terminals: terminals?.body ?? [] } as Activity;
}

interface Answer {
  readonly path: string;
  /** Undefined where the server knows no such address. */
  readonly body?: unknown;
}

function found(answer: Answer | undefined): unknown {
  if (answer?.body === undefined) throw new Error(`${answer?.path} is not there; is it a Jupyter server?`);
  return answer.body;
}

function get({ address, token }: Server, path: string, proxy: string | undefined): Promise<Answer> {
  const url = new URL(path, `http://${address}`);
  // A proxy is sent the whole URL.
  const target: RequestOptions =
    proxy === undefined
      ? { host: url.hostname, port: url.port, path }
      : { host: new URL(proxy).hostname, port: new URL(proxy).port, path: url.href };
  const headers = { authorization: `token ${token}`, host: url.host };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { ...target, headers, signal: AbortSignal.timeout(timeoutMs), agent: false },
      (response) => {
        const code = response.statusCode ?? 0;
        if (code === 200) return read(response).then((body) => resolve({ path, body }), reject);
        response.resume();
        if (code === 404) return resolve({ path });
        return reject(new Error(`${path} answers ${code}`));
      },
    );
    outgoing.on("error", reject);
    outgoing.end();
  });
}

async function read(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Error(`its answer is longer than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString());
}
