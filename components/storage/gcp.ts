/** The object store contract on Google Cloud: buckets of models and of data, where teams have folders. */
import * as gcp from "@pulumi/gcp";
import type { z } from "zod";
import { googleEndpoints } from "../catalogue/gke.ts";
import { parseConfig } from "../config.ts";
import { gcsStoreConfig } from "./gcp-fields.ts";
import type { ObjectStore } from "./object-store.ts";

export interface GcsStoreArgs extends z.input<typeof gcsStoreConfig> {
  /** Provider of the project that the buckets are in. */
  cloud: gcp.Provider;
  project: { readonly id: string; readonly number: string };
  region: string;
  /** Keeps the buckets when the stack goes. Default: true. */
  deletionProtection?: boolean;
}

export interface GcsStore extends ObjectStore {
  /** Weights, read by every team's pods. */
  readonly models: gcp.storage.Bucket;
  /** A folder for each team. */
  readonly data: gcp.storage.Bucket;
}

/** Account of a team's pods, which has no rights in the cluster. */
const workload = "workload";

export function gcsStore(name: string, args: GcsStoreArgs): GcsStore {
  const { cloud, project, region, deletionProtection = true, ...input } = args;
  const config = parseConfig(gcsStoreConfig, input, `object store "${name}"`);
  const options = { provider: cloud, protect: deletionProtection };
  const bucket = (purpose: string) =>
    new gcp.storage.Bucket(`${name}-${purpose}`, bucketArgs(purpose, region, config), options);
  const models = bucket("models");
  const data = bucket("data");
  return {
    models,
    data,
    egress: {
      cidrs: [googleEndpoints.privateApis],
      port: 443,
      identity: googleEndpoints.metadata,
    },
    grant: ({ namespace }, opts) => {
      const cloudOpts = { ...opts, provider: cloud };
      const member = podIdentity(project, namespace, workload);
      // A folder with rights of its own: who may list it sees nothing of the others. What the team saved
      // stays under its name when the team goes, and is there when the team comes back: of a folder that is
      // forced to go only the rights go (Cloud Storage, managed folders, deletion).
      const folder = new gcp.storage.ManagedFolder(
        `${name}-${namespace}`,
        { bucket: data.name, name: `${namespace}/`, forceDestroy: true },
        cloudOpts,
      );
      const own = new gcp.storage.ManagedFolderIamMember(
        `${name}-${namespace}`,
        { bucket: data.name, managedFolder: folder.name, role: "roles/storage.objectUser", member },
        cloudOpts,
      );
      const reader = new gcp.storage.BucketIAMMember(
        `${name}-${namespace}-models`,
        { bucket: models.name, role: "roles/storage.objectViewer", member },
        cloudOpts,
      );
      return {
        url: `gs://${bucketName(config.bucketPrefix, "data")}/${namespace}`,
        environment: { GOOGLE_CLOUD_PROJECT: project.id },
        resources: [own, reader],
      };
    },
  };
}

/**
 * The pods of one service account as IAM knows them, without an account of Google between: there is no
 * annotation that could name another than the grant does (F92).
 */
export function podIdentity(
  project: { readonly id: string; readonly number: string },
  namespace: string,
  serviceAccount: string,
): string {
  const pool = `projects/${project.number}/locations/global/workloadIdentityPools/${project.id}.svc.id.goog`;
  return `principal://iam.googleapis.com/${pool}/subject/ns/${namespace}/sa/${serviceAccount}`;
}

function bucketName(prefix: string, purpose: string): string {
  return `${prefix}-${purpose}`;
}

function bucketArgs(
  purpose: string,
  region: string,
  { bucketPrefix, oldVersionDays, autoclass }: z.output<typeof gcsStoreConfig>,
): gcp.storage.BucketArgs {
  return {
    name: bucketName(bucketPrefix, purpose),
    location: region.toUpperCase(),
    uniformBucketLevelAccess: true,
    publicAccessPrevention: "enforced",
    versioning: { enabled: true },
    ...(autoclass ? { autoclass: { enabled: true } } : {}),
    lifecycleRules: [
      {
        action: { type: "Delete" },
        condition: { withState: "ARCHIVED", daysSinceNoncurrentTime: oldVersionDays },
      },
      { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 7 } },
    ],
    forceDestroy: false,
  };
}
