/** Kubeconfig files that name the embedded API server and one client certificate or token. */
import { readFileSync } from "node:fs";
import { stringify } from "yaml";
import type { CertificateFiles } from "./certificates.ts";
import { writeFileAtomically } from "./state-directory.ts";

export interface KubeconfigRequest {
  readonly server: string;
  readonly certificateAuthorityPem: string;
  readonly user: string;
  readonly client: CertificateFiles;
}

/** Everything is embedded, so that the file can be copied and a provider sees no path of this machine. */
export function writeKubeconfig(file: string, request: KubeconfigRequest): void {
  const name = "plinth-local";
  const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64");
  const content = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [
      {
        name,
        cluster: {
          server: request.server,
          "certificate-authority-data": base64(request.certificateAuthorityPem),
        },
      },
    ],
    users: [
      {
        name: request.user,
        user: {
          "client-certificate-data": base64(readFileSync(request.client.certificate)),
          "client-key-data": base64(readFileSync(request.client.key)),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: request.user } }],
  };
  writeFileAtomically(file, stringify(content));
}
