/** Asks a loopback HTTPS endpoint of this installation whether it is ready. */
import { readFileSync } from "node:fs";
import { get } from "node:https";
import type { CertificateFiles } from "./certificates.ts";

export interface HttpsProbeTarget {
  readonly port: number;
  readonly path: string;
  /** PEM of the authority that must have signed the endpoint's certificate. */
  readonly authority: string;
  readonly client: CertificateFiles;
}

const timeoutMs = 2000;

/** Resolves to true on a 2xx answer, to false on another one or none. */
export function httpsProbe(target: HttpsProbeTarget): () => Promise<boolean> {
  const identity = {
    ca: target.authority,
    cert: readFileSync(target.client.certificate),
    key: readFileSync(target.client.key),
  };
  return () =>
    new Promise((resolve) => {
      const { port, path } = target;
      const request = get({ host: "127.0.0.1", port, path, timeout: timeoutMs, ...identity }, (response) => {
        response.resume();
        const status = response.statusCode ?? 500;
        resolve(status >= 200 && status < 300);
      });
      request.on("timeout", () => request.destroy());
      request.on("error", () => resolve(false));
    });
}
