/** What the file of an on-premises stack says of its cluster. */
import { z } from "zod";
import { type Distribution, distributions } from "../components/catalogue/distributions.ts";
import { chartMirrorField } from "../components/cluster/helm-release.ts";
import { metalLbFields } from "../components/cluster/metal-lb.ts";
import { labelKey } from "../components/names.ts";

const distributionNames = Object.keys(distributions) as [Distribution, ...Distribution[]];

/** A name that Kubernetes gives objects: labels of DNS, joined by dots. */
const objectName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    "lower-case letters, digits, dashes and dots",
  );

export const siteFields = {
  /** Absolute path of the cluster's kubeconfig. Default: its content is the secret `plinth:kubeconfig`. */
  kubeconfig: z
    .string()
    .max(1000)
    .regex(/^(\/[A-Za-z0-9_.-]+)+$/, "an absolute path")
    .optional(),
  /** Context of the kubeconfig. Default: its current one. */
  context: z.string().min(1).max(253).optional(),
  /** Distribution of Kubernetes: where its container runtime is found. */
  distribution: z.enum(distributionNames),
  storage: z
    .strictObject({
      /** Storage class of pods' own disks. Default: the cluster's default class. */
      class: objectName.optional(),
      /** Whether its disks can be reached from every node, and so may be made before their pods have one. */
      everywhere: z.boolean().default(false),
    })
    .prefault({}),
  /** The site's word that its network enforces NetworkPolicies. Default: known plugins do, and no others. */
  networkPolicies: z.literal("enforced").optional(),
  /** Node labels of the site by which a node tells its network domains. Default: none. */
  domainLabels: z
    .strictObject({ block: labelKey.optional(), rack: labelKey.optional(), nvlink: labelKey.optional() })
    .prefault({}),
  /** How Services get addresses from outside. Default: the cluster has its way, or none. */
  loadBalancer: z
    .union([
      z.strictObject(metalLbFields),
      z.strictObject({
        /** Class that Services name, of a controller that is there. */
        class: z.string().min(1).max(253),
      }),
    ])
    .optional(),
  /** The site's word for schedulers beside Kubernetes' own, by how they place pods. Default: none. */
  schedulers: z.strictObject({ packing: objectName.optional(), waste: objectName.optional() }).prefault({}),
  /** The one repository of all charts, for a site without internet. Default: each chart's own. */
  chartMirror: chartMirrorField.optional(),
};
