/** A small HTTPS server with an authority of its own, in place of the API server. */
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { onTestFinished } from "vitest";
import { type CertificateFiles, openCertificateAuthority } from "../../embedded/cluster/certificates.ts";
import { KubeApi } from "../../embedded/cluster/kube-api.ts";
import { StateDirectory } from "../../embedded/cluster/state-directory.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly contentType: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
  /** Number of the connection, in order of acceptance. */
  readonly connection: number;
}

export interface HttpsServer {
  readonly port: number;
  readonly authorityPem: string;
  readonly client: CertificateFiles;
  readonly requests: readonly ReceivedRequest[];
  /** A client that trusts the server and shows its certificate. */
  readonly api: KubeApi;
  /** Hangs up on everyone and stops listening. */
  close(): Promise<void>;
}

type Answer = (request: ReceivedRequest, response: ServerResponse) => void;

/** Serves until the test ends. Default: every client must show a certificate of its authority. */
export async function httpsServer(
  answer: Answer,
  { clientCertificates = true }: { clientCertificates?: boolean } = {},
): Promise<HttpsServer> {
  const authority = await openCertificateAuthority(new StateDirectory(temporaryDirectory()));
  const serving = { file: "server", commonName: "server", addresses: ["127.0.0.1"] };
  const files = await authority.ensureCertificate(serving);
  const client = await authority.ensureCertificate({ file: "client", commonName: "client" });
  const requests: ReceivedRequest[] = [];
  const connections: Socket[] = [];
  const options = {
    cert: readFileSync(files.certificate),
    key: readFileSync(files.key),
    ca: authority.certificatePem,
    requestCert: clientCertificates,
  };
  const server = createServer(options, async (request, response) => {
    if (!connections.includes(request.socket)) connections.push(request.socket);
    const received = await receive(request, connections.indexOf(request.socket));
    requests.push(received);
    answer(received, response);
  });
  const close = async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  onTestFinished(close);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const api = new KubeApi({
    server: `https://127.0.0.1:${port}`,
    certificateAuthority: authority.certificatePem,
    certificate: readFileSync(client.certificate, "utf8"),
    key: readFileSync(client.key, "utf8"),
  });
  return { port, authorityPem: authority.certificatePem, client, requests, api, close };
}

async function receive(request: IncomingMessage, connection: number): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method = "", url = "", headers } = request;
  return {
    method,
    url,
    contentType: headers["content-type"],
    authorization: headers.authorization,
    body: Buffer.concat(chunks).toString(),
    connection,
  };
}
