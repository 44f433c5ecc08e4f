import { expect, test } from "vitest";
import { repairServices } from "../../../components/catalogue/node-repair.ts";
import { configError } from "../../../components/config.ts";
import { type Cluster, NodeHealth, Queueing } from "../../../components/index.ts";
import { makeCluster, makePlatform } from "../../support/builders.ts";
import { record } from "../../support/record.ts";

type Args = ConstructorParameters<typeof NodeHealth>[1];

async function build(more: Partial<Args> = {}, differently: Partial<Cluster> = {}) {
  const made: { health?: NodeHealth; refusal?: unknown } = {};
  const resources = await record(() => {
    const { cluster, queueing } = makePlatform();
    try {
      made.health = new NodeHealth("health", { cluster: { ...cluster, ...differently }, queueing, ...more });
    } catch (error) {
      made.refusal = error;
    }
  });
  if (made.refusal) throw made.refusal;
  const own = resources.filter(({ parent }) => parent.endsWith("NodeHealth health"));
  return { health: made.health, own };
}

test("its home and identity, its rights, then the controller; Kueue is there before and after", async () => {
  const { own } = await build();
  expect(
    own.map(({ type, name, dependsOn, deleteBeforeReplace }) => [
      type.replace("kubernetes:", ""),
      name,
      dependsOn,
      deleteBeforeReplace,
    ]),
  ).toEqual([
    [
      "apps/v1:Deployment",
      "health-controller",
      ["health-account", "health-binding", "health-role", "queues"],
      true,
    ],
    ["core/v1:Namespace", "health", [], true],
    ["core/v1:ServiceAccount", "health-account", ["health"], true],
    ["rbac.authorization.k8s.io/v1:ClusterRole", "health-role", [], true],
    ["rbac.authorization.k8s.io/v1:ClusterRoleBinding", "health-binding", ["health-role"], true],
  ]);
});

test("its namespace is the platform's own, and its account alone has its rights", async () => {
  const { own } = await build();
  const inputs = (name: string) => own.find((resource) => resource.name === name)?.inputs;
  expect(inputs("health")?.metadata).toEqual({
    name: "node-health-system",
    labels: {
      "plinth.dev/system": "true",
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/enforce-version": "latest",
    },
  });
  expect(inputs("health-binding")).toMatchObject({
    metadata: { name: "plinth:node-health" },
    roleRef: { kind: "ClusterRole", name: "plinth:node-health" },
    subjects: [{ kind: "ServiceAccount", name: "node-health", namespace: "node-health-system" }],
  });
});

test("what is said reaches the controller, with what the cluster's repair wants", async () => {
  const { labels: repairLabels } = repairServices.hyperPod;
  const { health, own } = await build({ maxUnavailable: 3 }, { repairLabels });
  const wanted = {
    graceSeconds: 60,
    drainTimeoutSeconds: 600,
    healthySeconds: 300,
    maxUnavailable: 3,
    repairLabels,
  };
  expect(health?.settings).toEqual(wanted);
  expect(health?.deployment).toEqual({ namespace: "node-health-system", name: "node-health" });
  const deployment = own.find(({ name }) => name === "health-controller");
  expect(deployment?.inputs).toMatchObject({
    metadata: { name: "node-health", namespace: "node-health-system" },
    spec: {
      template: {
        spec: {
          containers: [
            {
              image: "plinth.dev/node-health:0.1.0",
              env: [{ name: "NODE_HEALTH_SETTINGS", value: JSON.stringify(wanted) }],
            },
          ],
        },
      },
    },
  });
});

test("where nobody repairs, nobody is asked", async () => {
  expect((await build()).health?.settings).not.toHaveProperty("repairLabels");
});

test("a cluster without an image of the controller wants one", async () => {
  const elsewhere = { programImage: () => undefined };
  const { message } = configError('NodeHealth "health"', [
    {
      path: ["image"],
      given: "nothing",
      allowed: "an image that runs controllers/node-health/main.ts: none is published for this cluster",
      remedy: "build one from this project, push it to your registry, and name it with its digest",
    },
  ]);
  await expect(build({}, elsewhere)).rejects.toThrow(message);
  const { own } = await build({ image: "registry.example/node-health@sha256:ab" }, elsewhere);
  expect(JSON.stringify(own)).toContain('"image":"registry.example/node-health@sha256:ab"');
});

test("with another queueing system it is refused, which would drain gangs pod by pod", async () => {
  let queueing: Queueing | undefined;
  await record(() => {
    const backend = { cluster: makeCluster(), backend: "volcano" } as const;
    queueing = new Queueing("queues", { ...backend, pools: [], cohorts: ["platform"], queues: [] });
  });
  const { message } = configError('NodeHealth "health"', [
    {
      path: ["queueing"],
      given: 'node health beside the queueing backend "volcano"',
      allowed: '"kueue": whole gangs are requeued by their Workloads, which only Kueue has',
      remedy: "leave node health out, or queue with kueue",
    },
  ]);
  await expect(build({ queueing })).rejects.toThrow(message);
});

test("mistakes are told all at once", async () => {
  await expect(build({ graceSeconds: 0, maxUnavailable: 0 })).rejects.toThrow(
    /2 problems[\s\S]*graceSeconds[\s\S]*maxUnavailable/,
  );
});
