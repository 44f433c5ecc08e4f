/** The object store contract on a store that exists already and speaks S3, with keys for each team. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { parseConfig } from "../config.ts";
import type { ObjectStore, StoreSecret } from "./object-store.ts";

/** Fields of such a store, also used by the stack file. */
export const s3StoreFields = {
  /** Bucket, and the folder below which each team has its own. */
  url: z
    .string()
    .max(500)
    .regex(
      /^s3:\/\/[a-z0-9][-a-z0-9.]{1,61}[a-z0-9](\/[-A-Za-z0-9_.=]+)*$/,
      "s3://<bucket>, or s3://<bucket>/<folder> without a slash at its end",
    ),
  /** Where it answers. Default: AWS, by the region. */
  endpoint: z
    .string()
    .max(300)
    .regex(
      /^https?:\/\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:\d{1,5})?$/,
      "https://<host>, or https://<host>:<port>",
    )
    .optional(),
  /** Region of the bucket. Default: none, as many stores need none. */
  region: z
    .string()
    .max(40)
    .regex(/^[a-z][-a-z0-9]*$/, "a region such as eu-west-1")
    .optional(),
  /** Networks that it answers from; pods of teams with keys may reach these, and no others. */
  cidrs: z
    .array(
      z
        .string()
        .max(43)
        .regex(
          /^([0-9.]+\/([89]|[12][0-9]|3[0-2])|[0-9a-f:]+\/([89]|[1-9][0-9]|1[01][0-9]|12[0-8]))$/,
          "a network such as 10.20.0.0/16, and no more than a /8",
        ),
    )
    .min(1)
    .max(50),
};

const s3StoreConfig = z.strictObject(s3StoreFields);

export type S3StoreArgs = z.input<typeof s3StoreConfig>;

/** Keys of all teams, by team; whatever else is in there is refused without being shown. */
export type StoreKeys = pulumi.Output<unknown>;

/** Variables that clients of S3 read keys from, and where they stand in the Secret. */
const secret: StoreSecret = {
  name: "object-store",
  keys: { AWS_ACCESS_KEY_ID: "accessKeyId", AWS_SECRET_ACCESS_KEY: "secretAccessKey" },
};

/**
 * The store keeps teams apart, by what it lets each key do: the platform gives a team its keys and folder,
 * and cannot see what the keys may. `keys` is undefined where none are configured.
 */
export function s3Store(args: S3StoreArgs, keys: StoreKeys | undefined): ObjectStore {
  const config = parseConfig(s3StoreConfig, args, "object store");
  return {
    egress: { cidrs: config.cidrs, port: portOf(config.endpoint) },
    grant: ({ namespace, labels }, opts) => {
      if (keys === undefined) throw noKeys(namespace);
      const resource = new k8s.core.v1.Secret(
        `${namespace}-${secret.name}`,
        {
          metadata: { name: secret.name, namespace, labels: { ...labels } },
          type: "Opaque",
          data: pulumi.secret(keys.apply((all) => keyData(namespace, all))),
        },
        opts,
      );
      return {
        url: `${config.url}/${namespace}`,
        environment: clientEnvironment(config),
        secret,
        resources: [resource],
      };
    },
  };
}

function portOf(endpoint = "https://"): number {
  const stated = /:(\d+)$/.exec(endpoint)?.[1];
  return stated === undefined ? (endpoint.startsWith("https:") ? 443 : 80) : Number(stated);
}

/** boto3 reads the region by its older name, the newer SDKs by the other. */
function clientEnvironment({ endpoint, region }: z.output<typeof s3StoreConfig>): Record<string, string> {
  return {
    ...(endpoint ? { AWS_ENDPOINT_URL: endpoint } : {}),
    ...(region ? { AWS_REGION: region, AWS_DEFAULT_REGION: region } : {}),
  };
}

const teamKeys = z.strictObject({
  accessKeyId: z.string().min(1).max(256),
  secretAccessKey: z.string().min(1).max(1024),
});

/** Data of a team's Secret. Mistakes are told without a word of what is there: it may be a key. */
export function keyData(team: string, all: unknown): Record<string, string> {
  const found = z.record(z.string(), z.unknown()).safeParse(all).data ?? {};
  const own = teamKeys.safeParse(found[team]).data;
  if (!own) throw noKeys(team);
  const twin = Object.entries(found).find(
    ([other, keys]) => other !== team && teamKeys.safeParse(keys).data?.accessKeyId === own.accessKeyId,
  );
  if (twin) {
    throw new pulumi.RunError(
      `object store: teams ${team} and ${twin[0]} have the same accessKeyId in plinth:objectStoreKeys, ` +
        "so each could read what the other keeps; give each team keys of its own",
    );
  }
  return Object.fromEntries(
    Object.entries(own).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
  );
}

function noKeys(team: string): pulumi.RunError {
  const name = `plinth:objectStoreKeys.${team}`;
  return new pulumi.RunError(
    `object store: plinth:objectStoreKeys has no keys for team ${team}; set ${name}.accessKeyId and ` +
      `${name}.secretAccessKey with \`pulumi config set --secret --path\``,
  );
}
