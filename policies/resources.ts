/** Reads what the engine sends, a type token with plain properties, as Kubernetes objects. */
import type { V1ObjectMeta } from "@kubernetes/client-node";
import type { StackValidation } from "@pulumi/policy";
import { platformLabels } from "../components/catalogue/labels.ts";

/** As much of a resource as rules on one resource need. */
export interface Resource {
  /** The engine's type token, e.g. kubernetes:batch/v1:Job. */
  readonly type: string;
  readonly props: Readonly<Record<string, unknown>>;
}

/** As much of a resource as rules on a whole stack need. */
export interface StackResource extends Resource {
  readonly urn: string;
}

/** A Kubernetes object of unknown kind: nothing but its metadata is known, and none of that is certain. */
export interface KubernetesObject {
  readonly metadata?: Partial<V1ObjectMeta>;
}

/** An object of the wanted kind and where the engine shall report it. */
export interface Located<T> {
  readonly object: T;
  readonly urn: string;
}

export interface StackProblem {
  readonly message: string;
  readonly urn: string;
}

/** A namespace that carries the team label. */
export interface TeamNamespace {
  readonly name: string;
  readonly team: string;
  readonly urn: string;
}

/**
 * Group and kind of a type token, e.g. "batch/Job", or undefined when it is no Kubernetes object. The version
 * is left out because the fields that rules read do not change with it. A patch is read as the kind that it
 * patches, so that nothing forbidden comes in through one.
 */
export function kindOf(type: string): string | undefined {
  const match = /^kubernetes:([^/:]+)\/[^:]+:(\w+?)(Patch)?$/.exec(type);
  return match ? `${match[1]}/${match[2]}` : undefined;
}

/** Every object of one kind, e.g. "core/Namespace". */
export function objectsOfKind<T extends KubernetesObject>(
  resources: readonly StackResource[],
  kind: string,
): Located<T>[] {
  return resources
    .filter(({ type }) => kindOf(type) === kind)
    .map(({ props, urn }) => ({ object: props as T, urn }));
}

export function teamNamespaces(resources: readonly StackResource[]): TeamNamespace[] {
  return objectsOfKind(resources, "core/Namespace").flatMap(({ object: { metadata }, urn }) => {
    const team = metadata?.labels?.[platformLabels.team];
    return team && metadata?.name ? [{ name: metadata.name, team, urn }] : [];
  });
}

/** A stack rule from a function that judges plain resources; problems are reported as they are found. */
export function judgeStack(
  problems: (resources: readonly StackResource[]) => Iterable<StackProblem>,
): StackValidation {
  return ({ resources }, report) => {
    for (const { message, urn } of problems(resources)) report(message, urn);
  };
}
