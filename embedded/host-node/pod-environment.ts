/** The environment, command and arguments of a container, resolved as a kubelet resolves them. */
import type {
  V1ConfigMap,
  V1ConfigMapKeySelector,
  V1Container,
  V1EnvVar,
  V1Pod,
  V1Secret,
} from "@kubernetes/client-node";
import { type KubeApi, KubeApiError } from "../cluster/kube-api.ts";
import { sharedAddress } from "./pod-address.ts";

export interface ApiServerAddress {
  readonly host: string;
  readonly port: number;
}

/** Variables of a container in the order it states them; later ones may refer to earlier ones by $(NAME). */
export async function containerEnvironment(
  api: KubeApi,
  pod: V1Pod,
  container: V1Container,
  apiServer: ApiServerAddress,
  imageVariables: Readonly<Record<string, string>> = {},
): Promise<Record<string, string>> {
  const environment: Record<string, string> = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ...imageVariables,
    HOSTNAME: pod.metadata?.name ?? "",
    KUBERNETES_SERVICE_HOST: apiServer.host,
    KUBERNETES_SERVICE_PORT: String(apiServer.port),
    KUBERNETES_SERVICE_PORT_HTTPS: String(apiServer.port),
  };
  for (const variable of container.env ?? []) {
    const value = await variableValue(api, pod, variable);
    if (value !== undefined) environment[variable.name] = expand(value, environment);
  }
  return environment;
}

/** The command line of a container; `entrypoint` is the image's own, used when the pod states no command. */
export function containerCommand(
  container: V1Container,
  entrypoint: readonly string[],
  environment: Readonly<Record<string, string>>,
): string[] {
  const command = container.command?.length ? container.command : entrypoint;
  return [...command, ...(container.args ?? [])].map((part) => expand(part, environment));
}

/** Replaces $(NAME) by a known variable and $$ by $; an unknown name stays as it is. */
export function expand(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)/g, (match, name?: string) => {
    if (name === undefined) return "$";
    return environment[name] ?? match;
  });
}

/** A field of the pod by its path, e.g. metadata.namespace or metadata.labels['app']. */
export function fieldValue(pod: V1Pod, path = ""): string {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (keyed) return pod.metadata?.[keyed[1] as "labels" | "annotations"]?.[keyed[2] ?? ""] ?? "";
  const fields: Record<string, string | undefined> = {
    "metadata.name": pod.metadata?.name,
    "metadata.namespace": pod.metadata?.namespace,
    "metadata.uid": pod.metadata?.uid,
    "spec.nodeName": pod.spec?.nodeName,
    "spec.serviceAccountName": pod.spec?.serviceAccountName,
    "status.podIP": pod.status?.podIP ?? sharedAddress,
    "status.hostIP": sharedAddress,
  };
  if (!(path in fields)) throw new Error(`the host node does not know the pod field "${path}"`);
  return fields[path] ?? "";
}

async function variableValue(api: KubeApi, pod: V1Pod, variable: V1EnvVar): Promise<string | undefined> {
  const source = variable.valueFrom;
  if (!source) return variable.value ?? "";
  if (source.fieldRef) return fieldValue(pod, source.fieldRef.fieldPath);
  if (source.configMapKeyRef) return keyOf(api, pod, variable.name, "configmap", source.configMapKeyRef);
  if (source.secretKeyRef) {
    const encoded = await keyOf(api, pod, variable.name, "secret", source.secretKeyRef);
    return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString();
  }
  throw new Error(`the host node does not know the source of the variable ${variable.name}`);
}

/** The value of one key of a ConfigMap or Secret; undefined only where the variable may go without. */
async function keyOf(
  api: KubeApi,
  pod: V1Pod,
  variable: string,
  kind: "configmap" | "secret",
  { name, key, optional }: V1ConfigMapKeySelector,
): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${pod.metadata?.namespace}/${kind}s/${name}`;
  const found = await api.get<V1ConfigMap | V1Secret>(path).catch((error) => {
    if (optional && error instanceof KubeApiError && error.status === 404) return undefined;
    throw error;
  });
  const value = found?.data?.[key];
  if (value === undefined && !optional) {
    throw new Error(`${kind} "${name}" has no key "${key}", which the variable ${variable} wants`);
  }
  return value;
}
