import { expect, test } from "vitest";
import { Team } from "../../../components/index.ts";
import { makePlatform } from "../../support/builders.ts";
import { record } from "../../support/record.ts";
import { makeStore } from "../../support/store.ts";

const labels = { "plinth.dev/team": "research", "plinth.dev/cost-center": "cc-1" };

async function team() {
  const resources = await record(() => {
    makePlatform();
  });
  return resources.filter(({ parent }) => parent === "plinth:tenancy:Team research");
}

test("everything of a team, after its namespace, with its cost labels", async () => {
  const own = await team();
  expect(own.map(({ type, name, dependsOn }) => [type.replace("kubernetes:", ""), name, dependsOn])).toEqual([
    ["core/v1:LimitRange", "research-limits", ["research"]],
    ["core/v1:Namespace", "research", ["queues", "queues-clusterqueue-research-h100"]],
    ["core/v1:ResourceQuota", "research-quota", ["research"]],
    ["core/v1:ServiceAccount", "research-member", ["research"]],
    ["core/v1:ServiceAccount", "research-workload", ["research"]],
    [
      "kueue.x-k8s.io/v1beta2:LocalQueue",
      "research-queue-h100",
      ["queues-clusterqueue-research-h100", "research"],
    ],
    ["networking.k8s.io/v1:NetworkPolicy", "research-allow-dns", ["research"]],
    ["networking.k8s.io/v1:NetworkPolicy", "research-allow-same-namespace", ["research"]],
    ["networking.k8s.io/v1:NetworkPolicy", "research-default-deny", ["research"]],
    ["rbac.authorization.k8s.io/v1:Role", "research-member", ["research"]],
    ["rbac.authorization.k8s.io/v1:RoleBinding", "research-member", ["research"]],
  ]);
  for (const { inputs, provider, deleteBeforeReplace } of own) {
    expect(inputs.metadata).toMatchObject({ labels });
    expect(provider).toBe("local");
    expect(deleteBeforeReplace).toBe(true);
  }
});

test("the namespace enforces, logs and warns by one Pod Security level", async () => {
  const namespace = (await team()).find(({ type }) => type.endsWith(":Namespace"));
  expect(namespace?.inputs.metadata).toEqual({
    name: "research",
    labels: {
      ...labels,
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/enforce-version": "latest",
      "pod-security.kubernetes.io/audit": "restricted",
      "pod-security.kubernetes.io/audit-version": "latest",
      "pod-security.kubernetes.io/warn": "restricted",
      "pod-security.kubernetes.io/warn-version": "latest",
    },
  });
});

test("its quota counts pods and other objects, and no request of theirs", async () => {
  const quota = (await team()).find(({ type }) => type.endsWith(":ResourceQuota"));
  const spec = quota?.inputs.spec as { hard: Record<string, string> } | undefined;
  expect(spec?.hard.pods).toBe("1000");
  expect(Object.keys(spec?.hard ?? {}).filter((key) => /requests|limits|devices/.test(key))).toEqual([]);
});

test("the local queue leads to the team's own cluster queue", async () => {
  const queue = (await team()).find(({ type }) => type.endsWith(":LocalQueue"));
  expect(queue?.inputs).toEqual({
    apiVersion: "kueue.x-k8s.io/v1beta2",
    kind: "LocalQueue",
    metadata: { name: "h100", namespace: "research", labels },
    spec: { clusterQueue: "research-h100" },
  });
});

test("no account has a token of its own accord", async () => {
  const accounts = (await team()).filter(({ type }) => type.endsWith(":ServiceAccount"));
  expect(accounts.map(({ inputs }) => inputs.automountServiceAccountToken)).toEqual([false, false]);
});

test("a team of another name has none of the queues", async () => {
  let queues: unknown;
  await record(() => {
    const { cluster, queueing } = makePlatform();
    queues = new Team("speech", { cluster, queueing, costCenter: "cc-9" }).queues;
  });
  expect(queues).toEqual({});
});

test("mistakes are told together", async () => {
  await record(() => {
    const { cluster, queueing } = makePlatform();
    const args = { cluster, queueing, costCenter: "", maxPods: 0 };
    expect(() => new Team("Speech", args)).toThrow(/^Team "Speech": 4 problems in the configuration\n/);
  });
});

test("a team with a store has keys and a way to it, and every queue tells its jobs", async () => {
  let team: Team | undefined;
  const resources = await record(() => {
    const { cluster, queueing } = makePlatform();
    const projects = [{ name: "speech" }];
    team = new Team("vision", { cluster, queueing, costCenter: "cc-2", projects, objectStore: makeStore() });
  });
  const own = resources.filter(({ parent }) => parent === "plinth:tenancy:Team vision");
  const added = own.filter(({ name }) => name.endsWith("object-store"));
  expect(added.map(({ name, dependsOn }) => [name, dependsOn])).toEqual([
    ["vision-object-store", ["vision"]],
    ["vision-allow-object-store", ["vision"]],
  ]);
  const queue = team?.queues.h100;
  expect([queue?.store?.url, queue?.projects.speech?.store?.url]).toEqual([
    "s3://models/checkpoints/vision",
    "s3://models/checkpoints/vision",
  ]);
});
