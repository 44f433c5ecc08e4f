/** Caches of public image registries in ECR: nodes pull inside the account, whatever limits are outside. */
import * as aws from "@pulumi/aws";
import { longestCachePrefix } from "../catalogue/eks.ts";
import { refuse } from "../config.ts";
import type { Path, Problem } from "../planning/problem.ts";
import type { AwsCluster } from "./aws.ts";
import { grant } from "./aws-identity.ts";

/** Registries that ECR caches without a login (AWS, ECR user guide, pull through cache; 2026-11-21). */
const upstreams = {
  "registry.k8s.io": "registry.k8s.io",
  "quay.io": "quay.io",
  "public.ecr.aws": "public.ecr.aws",
} as const;

export type CachedRegistry = keyof typeof upstreams;

export const cachedRegistries = Object.keys(upstreams) as [CachedRegistry, ...CachedRegistry[]];

/** A cluster's name that leaves the registry's no room: both together begin the names of repositories. */
export function imageCacheProblems(path: Path, cluster: string, registry: CachedRegistry): Problem[] {
  const prefix = cachePrefix(cluster, registry);
  if (prefix.length <= longestCachePrefix) return [];
  const room = longestCachePrefix - cachePrefix("", registry).length;
  return [
    {
      path,
      given: `"${prefix}", ${prefix.length} characters`,
      allowed: `at most ${longestCachePrefix} in ECR: a cluster's name of at most ${room}`,
      remedy: "shorten the cluster's name, or do without this cache",
    },
  ];
}

/** An image is then <account>.dkr.ecr.<region>.amazonaws.com/<cluster>/<registry>/<name>. */
export function imageCache(cluster: AwsCluster, registry: CachedRegistry): aws.ecr.PullThroughCacheRule {
  refuse("imageCache", imageCacheProblems([registry], cluster.name, registry));
  const opts = { provider: cluster.aws };
  const prefix = cachePrefix(cluster.name, registry);
  const name = `${cluster.name}-${registry}`;
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
  const rule = new aws.ecr.PullThroughCacheRule(
    name,
    { ecrRepositoryPrefix: prefix, upstreamRegistryUrl: upstreams[registry] },
    opts,
  );
  const repositories = rule.registryId.apply(
    (account) => `arn:aws:ecr:${cluster.region}:${account}:repository/${prefix}/*`,
  );
  const statements = [{ Effect: "Allow", Action: firstPull, Resource: repositories }] as const;
  grant(name, cluster.nodeRole, { statements }, opts);
  return rule;
}

/** Who pulls an image first makes its repository (AWS, ECR user guide, pull through cache, permissions). */
const firstPull = ["ecr:CreateRepository", "ecr:BatchImportUpstreamImage"];

function cachePrefix(cluster: string, registry: CachedRegistry): string {
  return `${cluster}/${registry}`;
}
