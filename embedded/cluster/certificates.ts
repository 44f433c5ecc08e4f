/** The installation's own certificate authority and the certificates that it signs. */
import type { webcrypto } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { type StateDirectory, StateDirectoryError, writeFileAtomically } from "./state-directory.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const authorityYears = 10;
/** Leaves are signed anew once less than a third of this is left; see `ensureCertificate`. */
const leafDays = 365;
const dayMs = 24 * 60 * 60 * 1000;

export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** One certificate: a client's identity (name, groups), a server's addresses, or both. */
export interface CertificateRequest {
  readonly file: string;
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly addresses?: readonly string[];
  readonly dnsNames?: readonly string[];
}

export interface CertificateAuthority {
  readonly certificateFile: string;
  readonly certificatePem: string;
  /** Files of a certificate that is valid for at least a third of a year; signed anew only when needed. */
  ensureCertificate(request: CertificateRequest): Promise<CertificateFiles>;
}

/** Opens the authority of a state directory, or makes it on first use. Keys are its owner's to read. */
export async function openCertificateAuthority(state: StateDirectory): Promise<CertificateAuthority> {
  state.directory("pki");
  const files = { certificate: state.path("pki", "ca.crt"), key: state.path("pki", "ca.key") };
  if (existsSync(files.certificate) !== existsSync(files.key)) {
    throw new StateDirectoryError(
      `${state.path("pki")} holds only half of the certificate authority. ` +
        "Restore the missing file, or give the cluster up with `npm run cluster -- reset`.",
    );
  }
  if (!existsSync(files.certificate)) await createAuthority(files);
  const certificate = new x509.X509Certificate(readFileSync(files.certificate, "utf8"));
  const signingKey = await importKey(readFileSync(files.key, "utf8"));
  return {
    certificateFile: files.certificate,
    certificatePem: certificate.toString("pem"),
    async ensureCertificate(request) {
      const leaf = {
        certificate: state.path("pki", `${request.file}.crt`),
        key: state.path("pki", `${request.file}.key`),
      };
      if (!isFresh(leaf)) await signLeaf(request, leaf, certificate, signingKey);
      return leaf;
    },
  };
}

export interface KeyPairFiles {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** The key pair that service account tokens are signed with. */
export async function ensureServiceAccountKeys(state: StateDirectory): Promise<KeyPairFiles> {
  state.directory("pki");
  const files = {
    publicKey: state.path("pki", "service-account.pub"),
    privateKey: state.path("pki", "service-account.key"),
  };
  if (!existsSync(files.publicKey)) {
    const keys = await generateKeys();
    writeFileAtomically(files.privateKey, await exportKey(keys.privateKey));
    // Written last: where it lies, the pair is whole.
    const publicKey = await crypto.subtle.exportKey("spki", keys.publicKey);
    writeFileAtomically(files.publicKey, `${x509.PemConverter.encode(publicKey, "PUBLIC KEY")}\n`);
  }
  return files;
}

async function createAuthority(files: CertificateFiles): Promise<void> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: "CN=plinth embedded cluster",
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + authorityYears * 365 * dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  writeFileAtomically(files.key, await exportKey(keys.privateKey));
  writeFileAtomically(files.certificate, certificate.toString("pem"));
}

async function signLeaf(
  request: CertificateRequest,
  files: CertificateFiles,
  issuer: x509.X509Certificate,
  signingKey: webcrypto.CryptoKey,
): Promise<void> {
  const keys = await generateKeys();
  const names: x509.JsonGeneralNames = [
    ...(request.addresses ?? []).map((value) => ({ type: "ip" as const, value })),
    ...(request.dnsNames ?? []).map((value) => ({ type: "dns" as const, value })),
  ];
  const usages = names.length > 0 ? [x509.ExtendedKeyUsage.serverAuth] : [];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: new x509.Name([
      { CN: [request.commonName] },
      ...(request.organizations ?? []).map((organization) => ({ O: [organization] })),
    ]).toString(),
    issuer: issuer.subject,
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + leafDays * dayMs),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([...usages, x509.ExtendedKeyUsage.clientAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  writeFileAtomically(files.key, await exportKey(keys.privateKey));
  writeFileAtomically(files.certificate, certificate.toString("pem"));
}

function isFresh(files: CertificateFiles): boolean {
  if (!existsSync(files.certificate) || !existsSync(files.key)) return false;
  const { notAfter } = new x509.X509Certificate(readFileSync(files.certificate, "utf8"));
  return notAfter.getTime() - Date.now() > (leafDays / 3) * dayMs;
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [der] = x509.PemConverter.decode(pem);
  if (!der) throw new StateDirectoryError("pki/ca.key holds no private key.");
  return crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
}

/** 128 random bits with the top bit clear, as a positive DER integer. */
function serialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return Buffer.from(bytes).toString("hex");
}
