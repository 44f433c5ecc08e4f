/** Each mandatory rule of the baseline pack refuses its one breaking stack through the real engine. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { StateDirectory } from "../../embedded/cluster/state-directory.ts";
import { projectDirectory } from "../../embedded/platform.ts";
import { pulumiEnvironment } from "../../embedded/pulumi-environment.ts";
import { ensureToolchain } from "../../embedded/toolchain/toolchain.ts";
import { rules } from "../../policies/packs/baseline/rules.ts";
import type { StackResource } from "../../policies/resources.ts";
import { policyFindings } from "../support/engine-output.ts";
import { TestPlatform } from "../support/platform.ts";
import {
  makePool,
  makeQueued,
  makeQuotaHolder,
  makeResource,
  makeTeam,
  makeUnqueued,
} from "../support/policy-objects.ts";
import { type PulumiWorkspace, pulumiWorkspace } from "../support/pulumi-cli.ts";

const pack = join(projectDirectory, "policies", "packs", "baseline");

/** Declares the objects of objects.json; the provider renders them, so that no cluster is needed. */
const program = `
import { readFileSync } from "node:fs";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const provider = new k8s.Provider("rendered", { renderYamlToDirectory: "rendered" });
for (const { type, props } of JSON.parse(readFileSync("objects.json", "utf8"))) {
  const [, groupVersion, kind] = type.split(":");
  const inputs = { apiVersion: groupVersion.replace(/^core\\//, ""), kind, ...props };
  new pulumi.CustomResource(type, props.metadata.name, inputs, { provider });
}
`;

let workspace: PulumiWorkspace;
let home: string;

beforeAll(async () => {
  workspace = await pulumiWorkspace({ "index.ts": program });
  const toolchain = await ensureToolchain({ only: ["pulumi", "pulumi-resource-kubernetes"] });
  const state = new StateDirectory(join(workspace.directory, "..", "plinth"));
  home = pulumiEnvironment(state, toolchain).PULUMI_HOME ?? process.env.PULUMI_HOME ?? "";
});
afterAll(() => workspace.remove());

async function preview(objects: Readonly<Record<string, StackResource | undefined>>) {
  const declared = Object.values(objects).filter((object) => object !== undefined);
  writeFileSync(join(workspace.directory, "objects.json"), JSON.stringify(declared));
  const environment = home === "" ? {} : { PULUMI_HOME: home };
  const { code, output } = await workspace.run(
    ["preview", "--stack", "test", "--policy-pack", pack],
    environment,
  );
  return { code, findings: policyFindings(output) };
}

/** A stack that keeps every rule: a team, its pool, a job in its queue and a service beside it. */
function makeObjects() {
  const pool = Object.fromEntries(makePool().map((resource) => [resource.urn, resource]));
  return {
    ...makeTeam(),
    ...pool,
    job: makeQueued("batch/v1:Job"),
    service: makeUnqueued("apps/v1:Deployment"),
  };
}

interface Breach {
  readonly rule: string;
  /** Objects that take the place of the good ones; undefined leaves one out. */
  readonly change: Readonly<Record<string, StackResource | undefined>>;
  readonly resource: string;
  readonly message: string;
}

const job = "kubernetes:batch/v1:Job: train";
const service = "kubernetes:apps/v1:Deployment: train";
const namespace = "kubernetes:core/v1:Namespace: vision";

const breaches: Breach[] = [
  {
    rule: "gpu-require-limit",
    change: {
      job: makeQueued("batch/v1:Job", {
        container: { resources: { requests: { "nvidia.com/gpu": "8" }, limits: { "nvidia.com/gpu": "4" } } },
      }),
    },
    resource: job,
    message:
      'Job "train": container "main" has request 8 and limit 4 of nvidia.com/gpu; ' +
      "they must be equal, set both to the same number.",
  },
  {
    rule: "gpu-require-placement",
    change: { service: makeUnqueued("apps/v1:Deployment", { spec: { tolerations: [] } }) },
    resource: service,
    message:
      'Deployment "train": requests nvidia.com/gpu outside a queue and does not tolerate the taint ' +
      "nvidia.com/gpu; add the toleration {key: nvidia.com/gpu, operator: Exists, effect: NoSchedule} or " +
      "the label kueue.x-k8s.io/queue-name.",
  },
  {
    rule: "gpu-forbid-queued-placement",
    change: { job: makeQueued("batch/v1:Job", { suspend: false }) },
    resource: job,
    message:
      'Job "train": is in the queue "h100" and sets suspend to false; ' +
      "remove it, the queue starts and stops jobs.",
  },
  {
    rule: "gpu-limit-slices",
    change: {
      job: makeQueued("batch/v1:Job", {
        container: {
          resources: {
            requests: { "nvidia.com/gpu.shared": "2" },
            limits: { "nvidia.com/gpu.shared": "2" },
          },
        },
      }),
    },
    resource: job,
    message: 'Job "train": container "main" asks for 2 of nvidia.com/gpu.shared; ask for one in all.',
  },
  {
    rule: "gpu-require-queue",
    change: { job: makeUnqueued("batch/v1:Job", { namespace: "vision" }) },
    resource: job,
    message:
      'Job "train": requests nvidia.com/gpu without a queue in the team namespace "vision"; ' +
      "set the label kueue.x-k8s.io/queue-name to one of the namespace's LocalQueues.",
  },
  {
    rule: "gpu-forbid-visible-devices",
    change: {
      job: makeQueued("batch/v1:Job", {
        container: { env: [{ name: "NVIDIA_VISIBLE_DEVICES", value: "all" }] },
      }),
    },
    resource: job,
    message:
      'Job "train": container "main" sets NVIDIA_VISIBLE_DEVICES "all"; ' +
      "remove it, devices follow from resources.limits.",
  },
  {
    rule: "tenancy-require-cost-labels",
    change: { job: makeQueued("batch/v1:Job", { podLabels: { "plinth.dev/team": "vision" } }) },
    resource: job,
    message:
      'Job "train": its pod template has no label plinth.dev/cost-center; ' +
      "set it to the name that the cost is charged to.",
  },
  {
    rule: "tenancy-forbid-privileged",
    change: { job: makeQueued("batch/v1:Job", { container: { securityContext: { privileged: true } } }) },
    resource: job,
    message: 'Job "train": container "main" is privileged; remove securityContext.privileged.',
  },
  {
    rule: "tenancy-forbid-host-access",
    change: { job: makeQueued("batch/v1:Job", { spec: { hostNetwork: true } }) },
    resource: job,
    message: 'Job "train": sets hostNetwork; remove it, pods have namespaces of their own.',
  },
  {
    rule: "tenancy-forbid-plain-secrets",
    change: {
      job: makeQueued("batch/v1:Job", { container: { env: [{ name: "HF_TOKEN", value: "hf_1" }] } }),
    },
    resource: job,
    message:
      'Job "train": container "main" has the variable HF_TOKEN in clear; ' +
      "take it from a Secret with valueFrom.secretKeyRef.",
  },
  {
    rule: "tenancy-forbid-wildcard-rights",
    change: {
      role: makeResource("rbac.authorization.k8s.io/v1:Role", {
        metadata: { name: "member", namespace: "vision" },
        rules: [{ apiGroups: ["batch"], resources: ["jobs"], verbs: ["*"] }],
      }),
    },
    resource: "kubernetes:rbac.authorization.k8s.io/v1:Role: member",
    message:
      'Role "member" in the team namespace "vision": grants "*"; ' +
      "list the apiGroups, resources and verbs.",
  },
  {
    rule: "tenancy-require-quota",
    change: { quota: undefined },
    resource: namespace,
    message:
      'Namespace "vision": team "vision" has no ResourceQuota that limits anything there; ' +
      "add one with spec.hard.",
  },
  {
    rule: "tenancy-require-default-deny",
    change: { defaultDeny: undefined },
    resource: namespace,
    message:
      'Namespace "vision": nothing denies Ingress and Egress of team "vision" by default; ' +
      "add a NetworkPolicy with an empty podSelector, policyTypes Ingress and Egress, and no rules.",
  },
  {
    rule: "supply-chain-require-pinned-image",
    change: { job: makeQueued("batch/v1:Job", { container: { image: "registry.example/train:latest" } }) },
    resource: job,
    message:
      'Job "train": container "main" has the image "registry.example/train:latest", ' +
      "which moves with the tag latest; name a release by tag or digest.",
  },
  {
    rule: "scheduling-limit-cluster-queue-quota",
    // One holder only: the order in which the engine hands over several is not fixed.
    change: {
      "urn:ClusterQueue/vision-h100": makeQuotaHolder("ClusterQueue", "vision-h100", "h100", {
        "nvidia.com/gpu": 17,
      }),
      "urn:ClusterQueue/speech-h100": undefined,
      "urn:Cohort/platform": undefined,
    },
    resource: "kubernetes:kueue.x-k8s.io/v1beta2:ResourceFlavor: h100",
    message:
      'ResourceFlavor "h100": queues hold 17 of nvidia.com/gpu (vision-h100 17) but its nodes (2) have 16; ' +
      "lower nominalQuota by 1 or add nodes.",
  },
  {
    rule: "scheduling-forbid-two-schedulers",
    change: { job: makeQueued("batch/v1:Job", { spec: { schedulerName: "volcano" } }) },
    resource: job,
    message:
      'Job "train": waits in the Kueue queue "h100" and is scheduled by volcano; remove schedulerName, ' +
      "or remove the label kueue.x-k8s.io/queue-name.",
  },
];

test("has a breach for each mandatory rule", () => {
  const mandatory = rules.filter(({ enforcementLevel }) => enforcementLevel === "mandatory");
  expect(breaches.map(({ rule }) => rule)).toEqual(mandatory.map(({ name }) => name));
});

test("a stack that keeps every rule passes", async () => {
  expect(await preview(makeObjects())).toEqual({ code: 0, findings: [] });
});

test.each(breaches)("$rule refuses the stack that breaks it, and no other rule does", async (breach) => {
  const { rule, change, resource, message } = breach;
  const { description = "", severity } = rules.find(({ name }) => name === rule) ?? {};
  expect(await preview({ ...makeObjects(), ...change })).toEqual({
    code: 1,
    findings: [{ level: "mandatory", severity, rule, resource, text: [description, message] }],
  });
});

test("the shipped stack passes, with one piece of advice", async () => {
  const platform = new TestPlatform();
  try {
    const { stdout } = await platform.must("preview");
    expect(policyFindings(stdout)).toEqual([
      {
        level: "advisory",
        severity: "medium",
        rule: "supply-chain-require-image-digest",
        resource: "kubernetes:apps/v1:Deployment: kueue:kueue-system/kueue-controller-manager",
        text: [
          "Every container image is named by its digest.",
          'Deployment "kueue-controller-manager": container "manager" has the image ' +
            '"registry.k8s.io/kueue/kueue:v0.19.2", named by tag only; append @sha256: and its digest.',
        ],
      },
    ]);
  } finally {
    await platform.remove();
  }
});
