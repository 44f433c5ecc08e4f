/** Settings of a cluster that are chosen once: an edit of one is refused before anything is touched. */
import * as pulumi from "@pulumi/pulumi";
import { configError } from "../config.ts";
import type { Problem } from "../planning/problem.ts";

/** By path in the configuration: nodes.pods. */
export type FixedSettings = Readonly<Record<string, string>>;

/**
 * The state remembers what the cluster was made with. Providers answer such edits with a replacement, or with
 * an update that the cloud then refuses halfway; the engine asks here first, at preview and at update.
 */
export function fixedSettings(
  name: string,
  owner: string,
  settings: FixedSettings,
  opts: pulumi.ComponentResourceOptions = {},
): pulumi.ComponentResource {
  const refuseChange = new pulumi.ResourceHook(
    `${name}-fixed-settings`,
    ({ oldInputs, newInputs }) => refuseChanges(owner, oldInputs ?? {}, newInputs ?? {}),
    { onDryRun: true },
  );
  const hooks = { beforeUpdate: [refuseChange] };
  return new pulumi.ComponentResource("plinth:cluster:FixedSettings", name, settings, { ...opts, hooks });
}

/** Throws where a setting is not what it was; those of which nothing is remembered may be anything. */
export function refuseChanges(
  owner: string,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): void {
  const changed = Object.keys(after).filter((path) => path in before && before[path] !== after[path]);
  if (changed.length > 0)
    throw configError(
      owner,
      changed.map((path) => changeProblem(path, before, after)),
    );
}

function changeProblem(
  path: string,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Problem {
  return {
    path: path.split("."),
    given: String(after[path]),
    allowed: `${before[path]}, which the cluster was made with and which cannot be changed`,
    remedy: "put it back; for another, bring up a cluster of another name beside it, and move",
  };
}
