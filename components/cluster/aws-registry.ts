/** Caches of public image registries in ECR: nodes pull inside the account, whatever limits are outside. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** Registries that ECR caches without a login (AWS, ECR user guide, pull through cache; 2026-11-21). */
const upstreams = {
  "registry.k8s.io": "registry.k8s.io",
  "quay.io": "quay.io",
  "public.ecr.aws": "public.ecr.aws",
} as const;

export type CachedRegistry = keyof typeof upstreams;

export const cachedRegistries = Object.keys(upstreams) as [CachedRegistry, ...CachedRegistry[]];

/** An image is then <account>.dkr.ecr.<region>.amazonaws.com/<cluster>/<registry>/<name>. */
export function imageCache(
  cluster: string,
  registry: CachedRegistry,
  opts: pulumi.CustomResourceOptions,
): aws.ecr.PullThroughCacheRule {
  const prefix = `${cluster}/${registry}`;
  const name = `${cluster}-${registry}`;
  // What is cached twice is kept once, and old images go.
  new aws.ecr.RepositoryCreationTemplate(
    name,
    {
      prefix,
      appliedFors: ["PULL_THROUGH_CACHE"],
      description: `Images of ${registry}`,
      imageTagMutability: "MUTABLE",
      lifecyclePolicy: JSON.stringify({
        rules: [
          {
            rulePriority: 1,
            description: "What was not pulled into the cache for a quarter",
            selection: {
              tagStatus: "any",
              countType: "sinceImagePushed",
              countUnit: "days",
              countNumber: 90,
            },
            action: { type: "expire" },
          },
        ],
      }),
    },
    opts,
  );
  return new aws.ecr.PullThroughCacheRule(
    name,
    { ecrRepositoryPrefix: prefix, upstreamRegistryUrl: upstreams[registry] },
    opts,
  );
}
