/** What Kueue 0.19 lets nobody change of levels and flavors: refused at preview, with the way out. */
import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { configError } from "../config.ts";
import type { Problem } from "../planning/problem.ts";

/** Fields of a spec (topology_types.go and resourceflavor_types.go in apis/kueue/v1beta2 of 0.19.2). */
const fixedFields = ["levels", "topologyName", "nodeLabels", "tolerations"] as const;

interface PlacementSpec {
  readonly levels?: readonly { readonly nodeLabel: string }[];
  readonly topologyName?: string;
  readonly nodeLabels?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly object[];
}

/**
 * For every Topology and ResourceFlavor. The API server would refuse the update halfway, and the objects
 * cannot be made anew: Kueue keeps a flavor for as long as a queue names it, and a queue while jobs run.
 */
export function fixedPlacement(name: string): pulumi.ResourceHookBinding {
  const refuse = new pulumi.ResourceHook(
    `${name}-fixed-placement`,
    ({ oldInputs, newInputs }) => refusePlacement(oldInputs ?? {}, newInputs ?? {}),
    { onDryRun: true },
  );
  return { beforeUpdate: [refuse] };
}

/** Throws where a fixed field is not what it was; a flavor without a Topology may still change. */
export function refusePlacement(
  { spec: before }: { readonly spec?: PlacementSpec },
  after: {
    readonly kind?: string;
    readonly metadata?: { readonly name?: string };
    readonly spec?: PlacementSpec;
  },
): void {
  if (before?.levels === undefined && before?.topologyName === undefined) return;
  const changed = fixedFields.filter((field) => !isDeepStrictEqual(before[field], after.spec?.[field]));
  if (changed.length === 0) return;
  const problems = changed.map(
    (field): Problem => ({
      path: [field],
      given: told(after.spec?.[field]),
      allowed: `${told(before[field])}, which it was made with: Kueue lets nobody change it`,
      remedy:
        "put back what changed of the pool or of what its nodes tell; or give the pool another name, with " +
        "a quota of its own, and take the old one out once its jobs are done",
    }),
  );
  throw configError(`${after.kind} "${after.metadata?.name}"`, problems);
}

function told(value: PlacementSpec[(typeof fixedFields)[number]]): string {
  return value === undefined ? "none" : JSON.stringify(value);
}
