/** Who the nodes of a GKE cluster are: an account that may report and fetch images, and no more. */
import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import { remoteRegistries } from "../catalogue/gke.ts";
import type { GcpClusterConfig } from "./gcp-fields.ts";

export interface NodeIdentity {
  readonly account: gcp.serviceaccount.Account;
  /** Grants that a node needs before it starts. */
  readonly grants: readonly pulumi.Resource[];
  /** Registries by name: what stands before an image's name instead of the registry's host. */
  readonly mirrors: Readonly<Record<string, pulumi.Output<string>>>;
}

/**
 * Images name a repository themselves. Nodes could be told to ask it for a registry's images (containerd's
 * hosts), but they would ask it without a login: the kubelet's is for the host that an image names. A
 * repository that is not open to the world refuses that, and the registry would be asked after all, unseen.
 *
 * Buckets are never granted here: every pod of a node could then read them (F114). Pods have identities of
 * their own.
 */
export function gcpNodeIdentity(
  name: string,
  { project, region, registries }: GcpClusterConfig,
  opts: pulumi.CustomResourceOptions,
): NodeIdentity {
  const account = new gcp.serviceaccount.Account(
    `${name}-nodes`,
    { accountId: accountId(name), displayName: `Nodes of the cluster ${name}` },
    opts,
  );
  const member = account.email.apply((email) => `serviceAccount:${email}`);
  const reporting = new gcp.projects.IAMMember(
    `${name}-nodes`,
    { project: project.id, role: "roles/container.defaultNodeServiceAccount", member },
    opts,
  );
  const repositories = registries.map((registry) => {
    const repository = new gcp.artifactregistry.Repository(
      `${name}-${registry}`,
      {
        repositoryId: `${name}-${registry}`,
        location: region,
        format: "DOCKER",
        mode: "REMOTE_REPOSITORY",
        remoteRepositoryConfig: { commonRepository: { uri: remoteRegistries[registry] } },
        vulnerabilityScanningConfig: { enablementConfig: "INHERITED" },
      },
      opts,
    );
    const grant = new gcp.artifactregistry.RepositoryIamMember(
      `${name}-${registry}`,
      {
        location: region,
        repository: repository.repositoryId,
        role: "roles/artifactregistry.reader",
        member,
      },
      opts,
    );
    const mirror = repository.repositoryId.apply((id) => `${region}-docker.pkg.dev/${project.id}/${id}`);
    return { registry, grant, mirror };
  });
  return {
    account,
    grants: [reporting, ...repositories.map(({ grant }) => grant)],
    mirrors: Object.fromEntries(repositories.map(({ registry, mirror }) => [registry, mirror])),
  };
}

/** An account's name has at most 30 characters. */
function accountId(name: string): string {
  return `${name.slice(0, 24).replace(/-+$/, "")}-nodes`;
}
