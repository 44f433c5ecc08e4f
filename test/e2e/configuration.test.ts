/** A malformed stack file through the real commands: every mistake at once, no stack trace, nothing made. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { acceleratorIds } from "../../components/catalogue/hardware.ts";
import { makeStack } from "../support/builders.ts";
import {
  type ClusterContents,
  clusterContents,
  differences,
  quietContents,
} from "../support/cluster-contents.ts";
import { recordEngineWrites } from "../support/engine-writes.ts";
import { stackResources } from "../support/plain-pulumi.ts";
import { type CommandResult, TestPlatform } from "../support/platform.ts";
import { message } from "../support/refusals.ts";

/** Nine mistakes of nine kinds in one file. */
function malformedStack(): object {
  const stack = makeStack();
  stack.pools[0].nodes = -4;
  stack.pools[1].accelerator = "nvidia-l40z";
  stack.teams[0].costCentre = "cc-1";
  stack.teams[0].quotas[0].borrowingLimit = "8 GPUs";
  stack.teams[1].cohort = "platfrom";
  stack.teams[1].name = "kube-system";
  stack.jobs[0].image = "registry.k8s.io/pause:latest";
  stack.queueing.fairSharing = "yes";
  stack.region = "eu-west-1";
  return stack;
}

const want = message(
  [["pools", 0, "nodes"], "-4", "at least 1", "raise it to 1"],
  [
    ["pools", 1, "accelerator"],
    '"nvidia-l40z"',
    `one of ${acceleratorIds.join(", ")}`,
    "did you mean nvidia-l40s?",
  ],
  [["queueing", "fairSharing"], '"yes"', "true or false", "write true or false"],
  [
    ["teams", 0, "quotas", 0, "borrowingLimit"],
    '"8 GPUs"',
    "a number",
    "write 8 without quotes or a unit; the field's name says the unit",
  ],
  [
    ["teams", 0, "costCentre"],
    "an unknown field, costCentre",
    "only name, costCenter, podSecurity, memberGroups, projects, maxPods, cohort, fairSharingWeight, " +
      "objectStore, quotas, budgetUsdPerMonth",
    "did you mean costCenter?",
  ],
  [
    ["jobs", 0, "image"],
    '"registry.k8s.io/pause:latest"',
    "an image reference with a digest: name:tag@sha256:<64 hex digits>",
    "write it in the allowed form",
  ],
  [
    ["region"],
    "an unknown field, region",
    "only environment, pricing, topology, provisioningClasses, pools, queueing, nodeHealth, prices, " +
      "teams, objectStore, training, jobs, notebooks, models, inferenceServers",
    "remove it",
  ],
  [
    ["teams", 1, "name"],
    '"kube-system"',
    "a namespace that is not the cluster's: not default, kube-* or *-system",
    "rename the team",
  ],
  [["teams", 1, "cohort"], '"platfrom"', "one of platform", "declare platfrom, or name one that is declared"],
);

const platform = new TestPlatform();

beforeAll(() => platform.must("cluster", "up", "--json"));
afterAll(() => platform.remove());

describe.each(["preview", "up"])("%s", (command) => {
  let result: CommandResult;
  let before: ClusterContents;
  let writes: () => string[];

  beforeAll(async () => {
    before = await quietContents(platform.api);
    writes = recordEngineWrites(platform.state);
    result = await platform.run(command, "--stack-file", platform.stackFile(malformedStack()));
  });

  test("fails", () => {
    expect(result.code).toBe(1);
  });

  test("tells every mistake with its path, what was given, what is allowed and what to do", () => {
    expect(errorText(result.stdout)).toBe(want);
  });

  test("shows no stack trace", () => {
    expect(`${result.stdout}${result.stderr}`).not.toMatch(/^\s+at |node_modules|\.[jt]s:\d/m);
  });

  test("makes nothing", async () => {
    expect(writes()).toEqual([]);
    expect(differences(before, await clusterContents(platform.api))).toEqual([]);
    expect(await stackResources(platform)).toEqual([]);
  });
});

test("with --json the same text is in the engine's diagnostics", async () => {
  const file = platform.stackFile(malformedStack());
  const { code, stdout } = await platform.run("preview", "--json", "--stack-file", file);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { message: string; severity: string }[] };
  const errors = diagnostics.filter(({ severity }) => severity === "error").map((row) => row.message);
  expect([code, errors]).toEqual([1, [`error: ${want}\n`]]);
});

/** The engine indents what a program says and puts its own word before it. */
function errorText(output: string): string {
  const [, text = ""] = output.split("Diagnostics:\n  pulumi:pulumi:Stack (plinth-local):\n    error: ");
  return text.split("\nResources:\n")[0]?.replaceAll(/^ {4}/gm, "") ?? "";
}
