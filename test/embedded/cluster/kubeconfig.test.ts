/** A kubeconfig is whole in itself and private. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { writeKubeconfig } from "../../../embedded/cluster/kubeconfig.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

test("holds server, authority and client, and no path", () => {
  const directory = temporaryDirectory();
  const client = { certificate: join(directory, "c.crt"), key: join(directory, "c.key") };
  writeFileSync(client.certificate, "certificate");
  writeFileSync(client.key, "key");
  const file = join(directory, "kubeconfig");
  writeKubeconfig(file, {
    server: "https://127.0.0.1:40003",
    certificateAuthorityPem: "authority",
    user: "admin",
    client,
  });
  expect(parse(readFileSync(file, "utf8"))).toEqual({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "plinth-local",
    clusters: [
      {
        name: "plinth-local",
        cluster: {
          server: "https://127.0.0.1:40003",
          "certificate-authority-data": Buffer.from("authority").toString("base64"),
        },
      },
    ],
    users: [
      {
        name: "admin",
        user: {
          "client-certificate-data": Buffer.from("certificate").toString("base64"),
          "client-key-data": Buffer.from("key").toString("base64"),
        },
      },
    ],
    contexts: [{ name: "plinth-local", context: { cluster: "plinth-local", user: "admin" } }],
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
