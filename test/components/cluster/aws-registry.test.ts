import { expect, test } from "vitest";
import {
  cachedRegistries,
  imageCache,
  imageCacheProblems,
} from "../../../components/cluster/aws-registry.ts";
import { makeAws, told } from "../../support/aws-cluster.ts";
import { record } from "../../support/record.ts";

/** A role without a name would leave no trace in what it is given. */
const named = { ...told, "aws:iam/role:Role": { name: "role" } };

async function build(registries: readonly (typeof cachedRegistries)[number][]) {
  const resources = await record(() => {
    const cluster = makeAws();
    for (const registry of registries) imageCache(cluster, registry);
  }, named);
  return (type: string) => resources.filter((each) => each.type.endsWith(`:${type}`));
}

test("a registry is cached under the cluster's and its own name, and old images go", async () => {
  const of = await build(["registry.k8s.io"]);
  expect(of("PullThroughCacheRule").map(({ inputs }) => inputs)).toEqual([
    { ecrRepositoryPrefix: "main/registry.k8s.io", upstreamRegistryUrl: "registry.k8s.io" },
  ]);
  const [template] = of("RepositoryCreationTemplate");
  expect(template?.inputs).toMatchObject({
    prefix: "main/registry.k8s.io",
    appliedFors: ["PULL_THROUGH_CACHE"],
  });
  const { lifecyclePolicy } = template?.inputs ?? {};
  expect(JSON.parse(String(lifecyclePolicy)).rules[0].selection.countNumber).toBe(90);
});

test("nodes may make the repositories of what is cached, and no others", async () => {
  const of = await build(["registry.k8s.io", "quay.io"]);
  const own = of("RolePolicy").filter(({ dependsOn }) => dependsOn.includes("main-node"));
  expect(own.map(({ name, inputs }) => [name, JSON.parse(String(inputs.policy)).Statement])).toEqual(
    ["quay.io", "registry.k8s.io"].map((registry) => [
      `main-${registry}`,
      [
        {
          Effect: "Allow",
          Action: ["ecr:CreateRepository", "ecr:BatchImportUpstreamImage"],
          Resource: `arn:aws:ecr:us-east-1:123456789012:repository/main/${registry}/*`,
        },
      ],
    ]),
  );
});

test("without a cache nodes make no repository", async () => {
  const of = await build([]);
  const policies = of("RolePolicy").map(({ inputs }) => String(inputs.policy));
  expect(policies.filter((policy) => policy.includes("ecr:"))).toEqual([]);
});

test("only registries that want no login are cached", () => {
  expect(cachedRegistries).toEqual(["registry.k8s.io", "quay.io", "public.ecr.aws"]);
});

test.each([
  { registry: "registry.k8s.io", longest: "a-long-cluster" },
  { registry: "quay.io", longest: "a-long-name-of-cluster" },
  { registry: "public.ecr.aws", longest: "a-long-cluster1" },
] as const)("a cluster of $longest.length characters has room for $registry, and no longer one", (row) => {
  const { registry, longest } = row;
  expect(imageCacheProblems(["cache"], longest, registry)).toEqual([]);
  expect(imageCacheProblems(["cache"], `${longest}x`, registry)).toEqual([
    {
      path: ["cache"],
      given: `"${longest}x/${registry}", 31 characters`,
      allowed: `at most 30 in ECR: a cluster's name of at most ${longest.length}`,
      remedy: "shorten the cluster's name, or do without this cache",
    },
  ]);
});
