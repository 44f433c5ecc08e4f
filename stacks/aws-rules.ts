/** Rules of a stack file on AWS that concern its account, network and pools together. */
import { z } from "zod";
import { atomicScaleUp } from "../components/cluster/aws-autoscaler.ts";
import { awsControlPlaneFields } from "../components/cluster/aws-control-plane.ts";
import { type AwsPool, awsPool, zoneName } from "../components/cluster/aws-pool.ts";
import { cachedRegistries, imageCacheProblems } from "../components/cluster/aws-registry.ts";
import { devicesProblems } from "../components/planning/compatibility.ts";
import { releaseProblems } from "../components/planning/node-release.ts";
import type { Path, Problem } from "../components/planning/problem.ts";
import { repeatedName } from "../components/planning/reference.ts";

/** As much of the file as these rules read; whatever is malformed is left to the schema. */
const read = z.object({
  aws: z.object({
    region: z.string(),
    cluster: z.string().catch(""),
    kubernetesVersion: awsControlPlaneFields.kubernetesVersion.optional().catch(undefined),
    imageCaches: z.array(z.enum(cachedRegistries)).catch([]).default([]),
    zones: z.array(zoneName),
  }),
  pools: z.array(z.unknown()).catch([]),
  queueing: z
    .object({
      backend: z.string().default("kueue"),
      provisioning: z
        .array(z.object({ pool: z.string() }))
        .catch([])
        .default([]),
    })
    .catch({ backend: "kueue", provisioning: [] }),
});

const readZones = z.object({ zones: z.array(z.unknown()) });

const readBuckets = z.object({ aws: z.object({ buckets: z.object({}) }) });

/** Buckets are the stack's own store, beside which none has to be named. */
export function hasAwsStore(stack: unknown): boolean {
  return readBuckets.safeParse(stack).success;
}

export function awsProblems(stack: unknown): Problem[] {
  const { data } = read.safeParse(stack);
  if (!data) return [];
  const { region, cluster, kubernetesVersion, zones, imageCaches } = data.aws;
  const path = ["aws", "zones"];
  const pools = data.pools.map((pool) => awsPool.safeParse(pool).data);
  return [
    ...zones.flatMap((_, index) => repeatedName([...path, index], index, zones)),
    ...zones.flatMap((zone, index) => regionProblems([...path, index], zone, region)),
    ...data.pools.flatMap((pool, index) =>
      (readZones.safeParse(pool).data?.zones ?? []).flatMap((zone, place) =>
        poolZoneProblems(["pools", index, "zones", place], zone, zones),
      ),
    ),
    ...pools.flatMap((pool, index) => (pool ? orderProblems(["pools", index], pool, data.queueing) : [])),
    ...pools.flatMap((pool, index) =>
      kubernetesVersion && pool ? versionProblems(["pools", index], pool, kubernetesVersion) : [],
    ),
    ...imageCaches.flatMap((registry, index) =>
      imageCacheProblems(["aws", "imageCaches", index], cluster, registry),
    ),
  ];
}

/** Nodes that the control plane does not take, and claims that it does not serve. */
function versionProblems(path: Path, pool: AwsPool, kubernetesVersion: string): Problem[] {
  return [
    ...releaseProblems([...path, "imageRelease"], pool.imageRelease, kubernetesVersion),
    ...devicesProblems([...path, "sharing"], pool.sharing, kubernetesVersion),
  ];
}

/** Kueue places a gang on nodes that are there, or has them ordered; others do not exist for it. */
function orderProblems(
  path: Path,
  { name, nodes, leastNodes }: AwsPool,
  { backend, provisioning }: z.output<typeof read>["queueing"],
): Problem[] {
  if (backend !== "kueue" || leastNodes === nodes || provisioning.some(({ pool }) => pool === name))
    return [];
  return [
    {
      path: [...path, "leastNodes"],
      given: `${leastNodes} of ${nodes} nodes, and nothing orders the others`,
      allowed: `${nodes}, or a pool in queueing.provisioning: Kueue admits nothing to absent nodes`,
      remedy: `add { pool: ${name}, provisioningClass: ${atomicScaleUp} } to queueing.provisioning`,
    },
  ];
}

function regionProblems(path: Path, zone: string, region: string): Problem[] {
  if (zone.slice(0, -1) === region) return [];
  return [
    {
      path,
      given: `"${zone}"`,
      allowed: `a zone of ${region}, such as ${region}a`,
      remedy: "take a zone of the region, or another region",
    },
  ];
}

/** A pool's nodes stand in the network. */
function poolZoneProblems(path: Path, zone: unknown, zones: readonly string[]): Problem[] {
  if (!zoneName.safeParse(zone).success || zones.includes(String(zone))) return [];
  return [
    {
      path,
      given: `"${zone}"`,
      allowed: zones.join(", "),
      remedy: "take one of the network's zones, or add this one to aws.zones, which moves no pool",
    },
  ];
}
