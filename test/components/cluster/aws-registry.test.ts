import { Provider } from "@pulumi/aws";
import { expect, test } from "vitest";
import { cachedRegistries, imageCache } from "../../../components/cluster/aws-registry.ts";
import { record } from "../../support/record.ts";

test("a registry is cached under the cluster's and its own name, and old images go", async () => {
  const resources = await record(() => {
    imageCache("main", "registry.k8s.io", { provider: new Provider("aws", { region: "us-east-1" }) });
  });
  const inputs = Object.fromEntries(resources.map(({ type, inputs: own }) => [type.split(":").at(-1), own]));
  expect(inputs.PullThroughCacheRule).toEqual({
    ecrRepositoryPrefix: "main/registry.k8s.io",
    upstreamRegistryUrl: "registry.k8s.io",
  });
  expect(inputs.RepositoryCreationTemplate).toMatchObject({
    prefix: "main/registry.k8s.io",
    appliedFors: ["PULL_THROUGH_CACHE"],
  });
  const { lifecyclePolicy } = inputs.RepositoryCreationTemplate ?? {};
  expect(JSON.parse(String(lifecyclePolicy)).rules[0].selection.countNumber).toBe(90);
});

test("only registries that want no login are cached", () => {
  expect(cachedRegistries).toEqual(["registry.k8s.io", "quay.io", "public.ecr.aws"]);
});
