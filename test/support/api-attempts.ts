/** Every request that discovery says could be made: each verb on each kind and subresource. */
import type { KubeApi } from "../../embedded/cluster/kube-api.ts";
import type { Answer, TeamClient } from "./team-client.ts";

export interface ServedResource {
  readonly group: string;
  /** Path of the group and version. */
  readonly root: string;
  /** Plural name, with the subresource if it is one: "pods" or "pods/log". */
  readonly name: string;
  readonly namespaced: boolean;
}

export interface Attempt {
  readonly verb: string;
  readonly resource: ServedResource;
  readonly method: string;
  readonly path: string;
}

/** An object of this name exists among service accounts, roles and their bindings of every team. */
const objectName = "member";

const collectionVerbs = [
  { verb: "list", method: "GET", query: "" },
  { verb: "watch", method: "GET", query: "watch=1" },
  { verb: "create", method: "POST", query: "" },
  { verb: "deletecollection", method: "DELETE", query: "" },
];
const objectVerbs = [
  { verb: "get", method: "GET", query: "" },
  { verb: "update", method: "PUT", query: "" },
  { verb: "patch", method: "PATCH", query: "" },
  { verb: "delete", method: "DELETE", query: "" },
];
/** A subresource has no collection; POST is its create. */
const subresourceVerbs = [...objectVerbs, { verb: "create", method: "POST", query: "" }];

/** All that is served, in every version, custom resources and subresources included. */
export async function servedResources(api: KubeApi): Promise<ServedResource[]> {
  const { groups } = await api.get<{ groups: { versions: { groupVersion: string }[] }[] }>("/apis");
  const versions = groups.flatMap((group) => group.versions.map(({ groupVersion }) => groupVersion));
  const roots = ["/api/v1", ...versions.map((version) => `/apis/${version}`)];
  const lists = roots.map(async (root) => {
    const { resources } = await api.get<{ resources: { name: string; namespaced: boolean }[] }>(root);
    const group = root === "/api/v1" ? "" : (root.split("/")[2] ?? "");
    return resources.map(({ name, namespaced }) => ({ group, root, name, namespaced }));
  });
  return (await Promise.all(lists)).flat();
}

/** Every verb on the resource, in a namespace or for the whole cluster. */
export function attemptsOn(resource: ServedResource, namespace?: string, query = ""): Attempt[] {
  const scope = namespace === undefined ? "" : `/namespaces/${namespace}`;
  const [plural, subresource] = resource.name.split("/");
  const collection = `${resource.root}${scope}/${plural}`;
  const object = `${collection}/${objectName}${subresource ? `/${subresource}` : ""}`;
  const rows = subresource
    ? subresourceVerbs.map((row) => ({ ...row, path: object }))
    : [
        ...collectionVerbs.map((row) => ({ ...row, path: collection })),
        ...objectVerbs.map((row) => ({ ...row, path: object })),
      ];
  return rows.map((row) => {
    const parameters = [row.query, query].filter((part) => part !== "").join("&");
    return { verb: row.verb, resource, method: row.method, path: `${row.path}?${parameters}` };
  });
}

/** Sends all; those that the authorizer did not refuse, as "verb resource.group: what came instead". */
export async function notRefused(client: TeamClient, attempts: readonly Attempt[]): Promise<string[]> {
  const answers = await Promise.all(attempts.map((attempt) => send(client, attempt)));
  return attempts.flatMap((attempt, index) => {
    const answer = answers[index];
    if (answer && isRefused(attempt, answer, client.user)) return [];
    return [`${nameOf(attempt)}: ${answer?.status} ${answer?.body.message ?? ""}`];
  });
}

/** Those that the authorizer let through, whatever became of them, as "verb resource.group". */
export async function allowed(client: TeamClient, attempts: readonly Attempt[]): Promise<string[]> {
  const answers = await Promise.all(attempts.map((attempt) => send(client, attempt)));
  const passed = attempts.filter((attempt, index) => {
    const answer = answers[index];
    return answer && !isRefused(attempt, answer, client.user);
  });
  return [...new Set(passed.map(nameOf))].sort();
}

function send(client: TeamClient, { method, path }: Attempt): Promise<Answer> {
  return client.send(method, path, method === "GET" || method === "DELETE" ? undefined : {});
}

/** By the authorizer, for exactly this verb and resource; an admission plugin's 403 reads otherwise. */
function isRefused({ verb, resource }: Attempt, { status, body }: Answer, user: string): boolean {
  const { group, name } = resource;
  const refusal = `User "${user}" cannot ${verb} resource "${name}" in API group "${group}"`;
  return status === 403 && body.reason === "Forbidden" && (body.message ?? "").includes(refusal);
}

function nameOf({ verb, resource: { group, name } }: Attempt): string {
  return `${verb} ${group === "" ? name : `${name}.${group}`}`;
}
