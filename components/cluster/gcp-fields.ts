/** What a GKE cluster may say, as the stack file and a program write it. */
import { z } from "zod";
import { gkeSystemMachines, remoteRegistries } from "../catalogue/gke.ts";
import { acceleratorIds } from "../catalogue/hardware.ts";
import { dnsLabel } from "../names.ts";
import { cidrRange, networkField } from "./gcp-network-fields.ts";
import { zoneName } from "./gcp-pool.ts";
import { chartMirrorField } from "./helm-release.ts";

const projectId = z
  .string()
  .regex(/^[a-z][-a-z0-9]{4,28}[a-z0-9]$/, "6 to 30 lower-case letters, digits and dashes");

const day = z.enum(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]);

/** The second form is what the engine makes of the first where a stack file has it without quotes. */
const instant = z
  .string()
  .regex(
    /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ| \d\d:\d\d:\d\d \+0000 UTC)$/,
    "a moment in UTC, such as 2027-01-02T03:00:00Z",
  );

/** A moment in either form as Google's API takes it. */
export function utcMoment(text: string): string {
  return text.replace(/^(\S+) (\S+) \+0000 UTC$/, "$1T$2Z");
}

const registryName = z.enum(Object.keys(remoteRegistries) as [keyof typeof remoteRegistries]);

export const gcpClusterFields = {
  /** The project, by both of its names: grants to pods are written with its number. */
  project: z.strictObject({
    id: projectId,
    number: z.string().regex(/^\d{6,20}$/, "digits"),
  }),
  /** Where control plane and disks are; a cluster of a region has three control planes. */
  region: z
    .string()
    .max(30)
    .regex(/^[a-z]+-[a-z]+\d+$/, "a region such as us-central1"),
  network: networkField,
  /** How people and programs reach the control plane. Default: by its DNS name, which asks IAM first. */
  controlPlane: z
    .discriminatedUnion("endpoint", [
      /** By name from anywhere; who has no right in IAM gets no answer. */
      z.strictObject({ endpoint: z.literal("dns") }),
      /** By an address of the network alone, from the networks named here. */
      z.strictObject({
        endpoint: z.literal("private"),
        authorizedNetworks: z
          .array(z.strictObject({ name: dnsLabel, cidr: cidrRange }))
          .min(1)
          .max(50),
      }),
    ])
    .default({ endpoint: "dns" }),
  /** How soon new versions come. Default: REGULAR. */
  releaseChannel: z.enum(["REGULAR", "STABLE", "EXTENDED"]).default("REGULAR"),
  /** When Google may upgrade control plane and nodes. */
  maintenance: z
    .strictObject({
      /** Days of the week, in UTC. Default: Saturday and Sunday. */
      days: z.array(day).min(1).max(7).default(["SA", "SU"]),
      /** Default: 2. */
      startHour: z.int().min(0).max(23).default(2),
      /** Default: 8. */
      hours: z.int().min(4).max(24).default(8),
      /** Times without upgrades, such as the weeks of a long run. Default: none. */
      exclusions: z
        .array(z.strictObject({ name: dnsLabel, start: instant, end: instant }))
        .max(3)
        .default([]),
    })
    .prefault({}),
  /** Nodes for the platform's own programs and those of GKE. */
  systemPool: z.strictObject({
    /** Default: e2-standard-8. */
    machine: z.enum(gkeSystemMachines).default("e2-standard-8"),
    zones: z.array(zoneName).min(1).max(4),
    /** Default: 1. */
    minNodesPerZone: z.int().min(1).max(100).default(1),
    /** Default: 3. */
    maxNodesPerZone: z.int().min(1).max(100).default(3),
  }),
  /**
   * Who brings device plugin and sharing: Google, or the GPU Operator; with the latter, Google's driver
   * installer is applied by hand. Default: managed.
   */
  gpuProfile: z.enum(["managed", "operator"]).default("managed"),
  /** Keeps cluster, keys and network from being destroyed or made anew. Default: true. */
  deletionProtection: z.boolean().default(true),
  /** Google group whose members may be named in rights, gke-security-groups@<domain>. Default: none. */
  securityGroup: z
    .string()
    .max(200)
    .regex(/^gke-security-groups@[a-z0-9.-]+$/, "gke-security-groups@<domain>")
    .optional(),
  /** Accelerators that the project may have in the region. Default: none is checked. */
  quotas: z
    .array(
      z.strictObject({
        accelerator: z.enum(acceleratorIds),
        /** Machines that it counts. Default: on-demand. */
        capacity: z.enum(["on-demand", "spot"]).default("on-demand"),
        accelerators: z.int().min(0).max(100_000),
      }),
    )
    .max(50)
    .default([]),
  /** Registries with a repository in the project that images may name instead. Default: none. */
  registries: z.array(registryName).max(5).default([]),
  /** Where an alarm goes when the month gets expensive. Default: nowhere. */
  budget: z
    .strictObject({
      /** Account that pays, as in 012345-6789AB-CDEF01. */
      billingAccount: z.string().regex(/^[0-9A-F]{6}(-[0-9A-F]{6}){2}$/, "six signs, three times"),
      usdPerMonth: z.int().min(1).max(100_000_000),
      /** Parts of it that each raise an alarm. Default: 50, 90 and 100. */
      thresholdsPercent: z.array(z.int().min(1).max(200)).min(1).max(5).default([50, 90, 100]),
      /** Who is told beside the account's administrators. Default: nobody. */
      emails: z.array(z.email()).max(5).default([]),
    })
    .optional(),
  /** Repository of your own that all charts come from. Default: each chart's own. */
  chartMirror: chartMirrorField.optional(),
};

export const gcpClusterConfig = z.strictObject(gcpClusterFields);

export type GcpClusterConfig = z.output<typeof gcpClusterConfig>;
