/** Writes a pod's volumes to disk as a kubelet would, and keeps their content fresh. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type {
  V1ConfigMap,
  V1KeyToPath,
  V1Pod,
  V1ProjectedVolumeSource,
  V1Secret,
  V1ServiceAccountTokenProjection,
  V1Volume,
} from "@kubernetes/client-node";
import { type KubeApi, KubeApiError } from "../cluster/kube-api.ts";
import { writeFileAtomically } from "../cluster/state-directory.ts";
import { fieldValue } from "./pod-environment.ts";

/** File contents by path relative to the volume. */
type Files = Record<string, Uint8Array>;

const tokenSecondsDefault = 3600;

export class PodVolumes {
  private readonly api: KubeApi;
  private readonly pod: V1Pod;
  private readonly root: string;
  private readonly tokens = new Map<string, { value: string; renewAt: number }>();

  constructor(api: KubeApi, pod: V1Pod, root: string) {
    this.api = api;
    this.pod = pod;
    this.root = root;
  }

  directory(volumeName: string): string {
    return join(this.root, volumeName);
  }

  /** Writes every volume; safe to call again, which renews tokens and follows ConfigMaps and Secrets. */
  async refresh(): Promise<void> {
    for (const volume of this.pod.spec?.volumes ?? []) {
      const directory = this.directory(volume.name);
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const files = await this.contents(volume);
      if (files) writeFiles(directory, files);
    }
  }

  private async contents(volume: V1Volume): Promise<Files | undefined> {
    if (volume.emptyDir) return undefined;
    const { configMap, secret, projected, downwardAPI } = volume;
    if (configMap) return this.configMap(configMap.name, configMap.items, configMap.optional);
    if (secret) return this.secret(secret.secretName, secret.items, secret.optional);
    if (projected) return this.projected(projected);
    if (downwardAPI) return downwardFiles(this.pod, downwardAPI.items ?? []);
    throw new Error(
      `volume "${volume.name}" is of a kind that the host node does not offer; ` +
        "use configMap, secret, projected, downwardAPI or emptyDir",
    );
  }

  private async projected(source: V1ProjectedVolumeSource): Promise<Files> {
    const parts = (source.sources ?? []).map(async (part): Promise<Files> => {
      if (part.configMap) {
        return this.configMap(part.configMap.name, part.configMap.items, part.configMap.optional);
      }
      if (part.secret) return this.secret(part.secret.name, part.secret.items, part.secret.optional);
      if (part.downwardAPI) return downwardFiles(this.pod, part.downwardAPI.items ?? []);
      if (part.serviceAccountToken) return this.token(part.serviceAccountToken);
      return {};
    });
    return Object.assign({}, ...(await Promise.all(parts)));
  }

  private async configMap(name = "", items?: V1KeyToPath[], optional = false): Promise<Files> {
    const path = `/api/v1/namespaces/${this.pod.metadata?.namespace}/configmaps/${name}`;
    const found = await this.api.get<V1ConfigMap>(path).catch(ignoreIf(optional));
    const text = Object.entries(found?.data ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const);
    return pick({ ...Object.fromEntries(text), ...decode(found?.binaryData) }, items);
  }

  private async secret(name = "", items?: V1KeyToPath[], optional = false): Promise<Files> {
    const path = `/api/v1/namespaces/${this.pod.metadata?.namespace}/secrets/${name}`;
    const found = await this.api.get<V1Secret>(path).catch(ignoreIf(optional));
    return pick(decode(found?.data), items);
  }

  private async token(projection: V1ServiceAccountTokenProjection): Promise<Files> {
    const known = this.tokens.get(projection.path);
    if (known && Date.now() < known.renewAt) return { [projection.path]: Buffer.from(known.value) };
    const { metadata, spec } = this.pod;
    const account = spec?.serviceAccountName ?? "default";
    const expirationSeconds = projection.expirationSeconds ?? tokenSecondsDefault;
    const answer = await this.api.create<{ status: { token: string; expirationTimestamp: string } }>(
      `/api/v1/namespaces/${metadata?.namespace}/serviceaccounts/${account}/token`,
      {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: {
          audiences: projection.audience ? [projection.audience] : [],
          expirationSeconds,
          boundObjectRef: { apiVersion: "v1", kind: "Pod", name: metadata?.name, uid: metadata?.uid },
        },
      },
    );
    // As a kubelet: renewed once four fifths of its life are over.
    const lifeMs = Date.parse(answer.status.expirationTimestamp) - Date.now();
    this.tokens.set(projection.path, { value: answer.status.token, renewAt: Date.now() + 0.8 * lifeMs });
    return { [projection.path]: Buffer.from(answer.status.token) };
  }
}

function writeFiles(directory: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path);
    if (!file.startsWith(`${directory}/`)) throw new Error(`volume path "${path}" leaves its volume`);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // Programs watch these files: what did not change must not look as if it had.
    if (!existsSync(file) || !readFileSync(file).equals(content)) writeFileAtomically(file, content);
  }
  for (const name of readdirSync(directory)) {
    const isKept = Object.keys(files).some((path) => path === name || path.startsWith(`${name}/`));
    if (!isKept) rmSync(join(directory, name), { recursive: true });
  }
}

function downwardFiles(pod: V1Pod, items: { path: string; fieldRef?: { fieldPath: string } }[]): Files {
  const entries = items.map(({ path, fieldRef }) => [
    path,
    Buffer.from(fieldValue(pod, fieldRef?.fieldPath)),
  ]);
  return Object.fromEntries(entries);
}

function pick(files: Files, items: V1KeyToPath[] | undefined): Files {
  if (!items) return files;
  return Object.fromEntries(
    items.map(({ key, path }) => {
      const content = files[key];
      if (!content) throw new Error(`references non-existent key "${key}"`);
      return [path, content];
    }),
  );
}

function decode(data: Record<string, string> | undefined): Files {
  return Object.fromEntries(
    Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64")]),
  );
}

/** An optional object may be missing; an API server that is away is no reason to empty a volume. */
function ignoreIf(optional: boolean) {
  return (error: unknown): undefined => {
    if (optional && error instanceof KubeApiError && error.status === 404) return undefined;
    throw error;
  };
}

/** Creates an empty directory that is the pod's own. */
export function emptyDirectory(path: string): string {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}
