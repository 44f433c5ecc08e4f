import { expect, test } from "vitest";
import { PriorityClasses, Queueing, Team } from "../../../components/index.ts";
import { volcanoValues } from "../../../components/scheduling/volcano.ts";
import { makeCluster } from "../../support/builders.ts";
import { makePool } from "../../support/queueing-plan.ts";
import { record } from "../../support/record.ts";

function platform() {
  const cluster = makeCluster();
  const queueing = new Queueing("queues", {
    cluster,
    backend: "volcano",
    pools: [makePool("h100")],
    cohorts: ["platform"],
    queues: [{ team: "red", pool: "h100", cohort: "platform", accelerators: 8 }],
  });
  new PriorityClasses("priority", { cluster, queueing });
  return new Team("red", { cluster, queueing, costCenter: "cc-1" });
}

test("Volcano, its guard, queues below their cohort, in this order", async () => {
  const resources = await record(() => {
    platform();
  });
  const own = resources.filter(({ parent }) => parent === "plinth:scheduling:Queueing queues");
  expect(own.map(({ type, name, dependsOn }) => [type.replace("kubernetes:", ""), name, dependsOn])).toEqual([
    ["admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy", "queues-guard", ["queues"]],
    [
      "admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding",
      "queues-guard-binding",
      ["queues-guard"],
    ],
    ["core/v1:Namespace", "volcano-system", []],
    ["helm.sh/v4:Chart", "queues", ["volcano-system"]],
    ["scheduling.volcano.sh/v1beta1:Queue", "queues-queue-platform.h100", ["queues", "queues-guard-binding"]],
    ["scheduling.volcano.sh/v1beta1:Queue", "queues-queue-red-h100", ["queues-queue-platform.h100"]],
  ]);
});

test("a namespace names its queues, and gives rights on Volcano's kinds", async () => {
  const resources = await record(() => {
    platform();
  });
  const inputs = (type: string, name: string) =>
    resources.find((resource) => resource.type === `kubernetes:${type}` && resource.name === name)?.inputs;
  expect(inputs("core/v1:Namespace", "red")).toMatchObject({
    metadata: { annotations: { "plinth.dev/queues": "red-h100" } },
  });
  const role = inputs("rbac.authorization.k8s.io/v1:Role", "red-member")?.rules as { apiGroups: string[] }[];
  expect(role.flatMap(({ apiGroups }) => apiGroups).filter((group) => group.includes("volcano"))).toEqual([
    "batch.volcano.sh",
    "scheduling.volcano.sh",
  ]);
  expect(resources.filter(({ type }) => type.includes("kueue"))).toEqual([]);
});

test("pods of a higher priority may preempt: Volcano asks their class", async () => {
  const resources = await record(() => {
    platform();
  });
  const classes = resources.filter(({ type }) => type === "kubernetes:scheduling.k8s.io/v1:PriorityClass");
  expect(classes.map(({ inputs }) => inputs.preemptionPolicy)).toEqual([
    "PreemptLowerPriority",
    "PreemptLowerPriority",
    "PreemptLowerPriority",
  ]);
});

test("values of the chart: the release's own images, no webhooks, nothing that needs rights", () => {
  const { basic, custom } = volcanoValues(["nvidia.com/gpu", "nvidia.com/gpu"], {
    levels: ["rack", "host"],
    discovers: true,
  }) as {
    basic: object;
    custom: Record<string, unknown>;
  };
  expect(basic).toEqual({
    image_registry: "docker.io",
    scheduler_image_name: "volcanosh/vc-scheduler",
    controller_image_name: "volcanosh/vc-controller-manager",
    image_tag_version: "v1.14.1",
    image_pull_policy: "IfNotPresent",
  });
  expect(custom).toMatchObject({
    admission_enable: false,
    default_csc: { runAsNonRoot: true, capabilities: { add: [], drop: ["ALL"] } },
  });
  const scheduler = JSON.parse(String(custom.scheduler_config_override));
  expect(scheduler.tiers[1].plugins[2].arguments["binpack.resources"]).toBe("nvidia.com/gpu");
});
