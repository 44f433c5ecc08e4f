/** The authority and its certificates, as node:crypto and so OpenSSL read them. */
import { createPrivateKey, createPublicKey, sign, verify, X509Certificate } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import {
  ensureServiceAccountKeys,
  openCertificateAuthority,
} from "../../../embedded/cluster/certificates.ts";
import { StateDirectory } from "../../../embedded/cluster/state-directory.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const dayMs = 24 * 60 * 60 * 1000;
const newState = () => new StateDirectory(temporaryDirectory());
const read = (file: string) => new X509Certificate(readFileSync(file));
const lifeDays = (certificate: X509Certificate) =>
  Math.round((Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / dayMs);

test("the authority signs itself, lives ten years and may sign nothing but leaves", async () => {
  const authority = read((await openCertificateAuthority(newState())).certificateFile);
  expect(authority.subject).toBe("CN=plinth embedded cluster");
  expect(authority.issuer).toBe(authority.subject);
  expect(authority.ca).toBe(true);
  expect(authority.verify(authority.publicKey)).toBe(true);
  expect(authority.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
  expect(lifeDays(authority)).toBe(3651);
});

test("a server's certificate names its addresses and verifies with the authority alone", async () => {
  const authority = await openCertificateAuthority(newState());
  const other = await openCertificateAuthority(newState());
  const request = { file: "s", commonName: "server", addresses: ["127.0.0.1"], dnsNames: ["localhost"] };
  const leaf = read((await authority.ensureCertificate(request)).certificate);
  expect(leaf.subject).toBe("CN=server");
  expect(leaf.subjectAltName).toBe("IP Address:127.0.0.1, DNS:localhost");
  expect(leaf.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(leaf.checkIP("127.0.0.2")).toBeUndefined();
  expect(leaf.ca).toBe(false);
  expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
  expect(lifeDays(leaf)).toBe(366);
  expect(leaf.checkIssued(new X509Certificate(authority.certificatePem))).toBe(true);
  expect(leaf.verify(new X509Certificate(authority.certificatePem).publicKey)).toBe(true);
  expect(leaf.verify(new X509Certificate(other.certificatePem).publicKey)).toBe(false);
});

test("a client's certificate carries user and groups, and serves nothing", async () => {
  const authority = await openCertificateAuthority(newState());
  const request = { file: "c", commonName: "plinth:admin", organizations: ["system:masters", "people"] };
  const files = await authority.ensureCertificate(request);
  const leaf = read(files.certificate);
  expect(leaf.subject).toBe("CN=plinth:admin\nO=system:masters\nO=people");
  expect(leaf.subjectAltName).toBeUndefined();
  expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
  const data = Buffer.from("anything");
  const signature = sign("sha256", data, readFileSync(files.key, "utf8"));
  expect(verify("sha256", data, leaf.publicKey, signature)).toBe(true);
});

test("opening again keeps the authority and its fresh certificates", async () => {
  const state = newState();
  const first = await openCertificateAuthority(state);
  const { certificate } = await first.ensureCertificate({ file: "c", commonName: "c" });
  const before = readFileSync(certificate, "utf8");
  const second = await openCertificateAuthority(state);
  expect(second.certificatePem).toBe(first.certificatePem);
  await second.ensureCertificate({ file: "c", commonName: "c" });
  expect(readFileSync(certificate, "utf8")).toBe(before);
});

test("a certificate without its key is signed anew, with another serial number", async () => {
  const authority = await openCertificateAuthority(newState());
  const files = await authority.ensureCertificate({ file: "c", commonName: "c" });
  const { serialNumber } = read(files.certificate);
  rmSync(files.key);
  await authority.ensureCertificate({ file: "c", commonName: "c" });
  expect(read(files.certificate).serialNumber).not.toBe(serialNumber);
  expect(read(files.certificate).checkPrivateKey(createPrivateKey(readFileSync(files.key)))).toBe(true);
});

test.each([
  { case: "the key is missing", gone: "ca.key" },
  { case: "the certificate is missing", gone: "ca.crt" },
])("half an authority is reported and not replaced: $case", async ({ gone }) => {
  const state = newState();
  await openCertificateAuthority(state);
  rmSync(state.path("pki", gone));
  const left = readdirSync(state.path("pki"));
  await expect(openCertificateAuthority(state)).rejects.toThrow(
    `${state.path("pki")} holds only half of the certificate authority. ` +
      "Restore the missing file, or give the cluster up with `npm run cluster -- reset`.",
  );
  expect(readdirSync(state.path("pki"))).toEqual(left);
});

test("keys of service accounts are one pair and stay", async () => {
  const state = newState();
  const files = await ensureServiceAccountKeys(state);
  const [key, publicKey] = [readFileSync(files.privateKey, "utf8"), readFileSync(files.publicKey, "utf8")];
  const own = createPublicKey(key).export({ type: "spki", format: "pem" });
  expect(createPublicKey(publicKey).export({ type: "spki", format: "pem" })).toBe(own);
  await ensureServiceAccountKeys(state);
  expect(readFileSync(files.privateKey, "utf8")).toBe(key);
});

test("every file is readable by its owner only", async () => {
  const state = newState();
  const authority = await openCertificateAuthority(state);
  await authority.ensureCertificate({ file: "c", commonName: "c" });
  await ensureServiceAccountKeys(state);
  const modes = readdirSync(state.path("pki")).map((file) => [
    file,
    (statSync(state.path("pki", file)).mode & 0o777).toString(8),
  ]);
  expect(Object.fromEntries(modes)).toEqual({
    "ca.crt": "600",
    "ca.key": "600",
    "c.crt": "600",
    "c.key": "600",
    "service-account.key": "600",
    "service-account.pub": "600",
  });
  expect(statSync(state.path("pki")).mode & 0o777).toBe(0o700);
});
