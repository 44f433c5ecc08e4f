/** How to reach a cluster that exists already, as its kubeconfig tells. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { z } from "zod";

/** What a request to the API server needs. */
export interface Connection {
  readonly server: string;
  readonly certificateAuthority?: string;
  /** Name in the server's certificate, where it is not that of its address. */
  readonly serverName?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly token?: string;
}

const named = <Key extends string, Value extends z.ZodType>(key: Key, value: Value) =>
  z.array(z.object({ name: z.string(), [key]: value } as { name: z.ZodString } & Record<Key, Value>));

const commandField = z.object({
  apiVersion: z.string(),
  command: z.string(),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
});

const userField = z.object({
  "client-certificate": z.string().optional(),
  "client-certificate-data": z.string().optional(),
  "client-key": z.string().optional(),
  "client-key-data": z.string().optional(),
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  exec: commandField.nullish(),
});

const clusterField = z.object({
  server: z.url({ protocol: /^https$/ }),
  "certificate-authority": z.string().optional(),
  "certificate-authority-data": z.string().optional(),
  "tls-server-name": z.string().optional(),
  "insecure-skip-tls-verify": z.literal(false).optional(),
  "proxy-url": z.undefined().optional(),
});

const kubeconfigFile = z.object({
  "current-context": z.string().optional(),
  contexts: named("context", z.object({ cluster: z.string(), user: z.string() })),
  clusters: named("cluster", clusterField),
  users: named("user", userField),
});

export interface KubeconfigSource {
  /** Its content. */
  readonly text: string;
  /** Folder that its relative paths start from. Default: that of this process. */
  readonly folder?: string;
  /** Default: the file's current one. */
  readonly context?: string | undefined;
}

/** The file at this path, or an error that says which. */
export function kubeconfigAt(path: string, context?: string): KubeconfigSource {
  try {
    return { text: readFileSync(path, "utf8"), folder: dirname(resolve(path)), context };
  } catch (error) {
    throw new pulumi.RunError(`kubeconfig: cannot be read: ${(error as Error).message}`);
  }
}

/** The connection of a kubeconfig's context; credentials of a command are those of the moment. */
export async function connectionOf(source: KubeconfigSource): Promise<Connection> {
  const file = readKubeconfig(source.text);
  const wanted = source.context ?? file["current-context"];
  const context = entry(file.contexts, wanted, "context").context;
  const cluster = entry(file.clusters, context.cluster, "cluster").cluster;
  const user = entry(file.users, context.user, "user").user;
  const content = (data: string | undefined, path: string | undefined) =>
    data === undefined ? path && fileOf(path, source.folder) : Buffer.from(data, "base64").toString();
  const authority = content(cluster["certificate-authority-data"], cluster["certificate-authority"]);
  const own = {
    certificate: content(user["client-certificate-data"], user["client-certificate"]),
    key: content(user["client-key-data"], user["client-key"]),
    token: user.token ?? (user.tokenFile && fileOf(user.tokenFile, source.folder).trim()),
  };
  const serverName = cluster["tls-server-name"];
  return {
    server: cluster.server,
    ...defined({ certificateAuthority: authority, serverName }),
    ...defined(user.exec ? await credentialsOf(user.exec) : own),
  };
}

type Kubeconfig = z.output<typeof kubeconfigFile>;

/** Values are left out of the message: they may be credentials. */
function readKubeconfig(text: string): Kubeconfig {
  const result = kubeconfigFile.safeParse(parsedYaml(text));
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `  ${path.join(".") || "file"}: ${message}`,
  );
  throw new pulumi.RunError(
    `kubeconfig: cannot be used\n${problems.join("\n")}\n` +
      "  servers are reached by https, their certificates checked, and without a proxy",
  );
}

function parsedYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function entry<Entry extends { readonly name: string }>(
  entries: readonly Entry[],
  name: string | undefined,
  kind: string,
): Entry {
  const found = entries.find((candidate) => candidate.name === name);
  if (found) return found;
  const names = entries.map((candidate) => candidate.name).join(", ") || "none";
  throw new pulumi.RunError(`kubeconfig: has no ${kind} ${name ?? "chosen"}; it has ${names}`);
}

function fileOf(path: string, folder: string | undefined): string {
  try {
    return readFileSync(folder === undefined ? path : resolve(folder, path), "utf8");
  } catch (error) {
    throw new pulumi.RunError(`kubeconfig: a file that it names cannot be read: ${(error as Error).message}`);
  }
}

const credentials = z.object({
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
  }),
});

const commandTimeoutMs = 60_000;

/** What a login program of a cloud or a company answers (client.authentication.k8s.io). */
async function credentialsOf({ apiVersion, command, args, env }: z.output<typeof commandField>) {
  const info = { apiVersion, kind: "ExecCredential", spec: { interactive: false } };
  const variables = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
  try {
    const { stdout } = await promisify(execFile)(command, args ?? [], {
      env: { ...process.env, ...variables, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      timeout: commandTimeoutMs,
    });
    const { status } = credentials.parse(JSON.parse(stdout));
    const { token, clientCertificateData: certificate, clientKeyData: key } = status;
    return { token, certificate, key };
  } catch (error) {
    const reason = String((error as { stderr?: string }).stderr || (error as Error).message).trim();
    throw new pulumi.RunError(`kubeconfig: ${command}, which is to give credentials, failed: ${reason}`);
  }
}

function defined<Value extends object>(value: Value): { [Key in keyof Value]?: NonNullable<Value[Key]> } {
  const present = Object.entries(value).filter(([, part]) => part !== undefined && part !== "");
  return Object.fromEntries(present) as { [Key in keyof Value]?: NonNullable<Value[Key]> };
}
