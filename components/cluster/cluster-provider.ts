/** The provider of a cluster's objects: what all environments want of it, stated once. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** What an environment decides: how its cluster is reached, and by what name it is known. */
export type ClusterAccess = Required<Pick<k8s.ProviderArgs, "kubeconfig">> &
  Pick<k8s.ProviderArgs, "context" | "clusterIdentifier" | "kubeClientSettings">;

/** The cluster is known by the provider's name, unless an identifier is given. */
export function clusterProvider(
  name: string,
  access: ClusterAccess,
  opts?: pulumi.ResourceOptions,
): k8s.Provider {
  return new k8s.Provider(
    name,
    {
      // Without it, another address, authority or certificate would replace the provider and all its objects.
      clusterIdentifier: name,
      enableServerSideApply: true,
      suppressDeprecationWarnings: true,
      suppressHelmHookWarnings: true,
      ...access,
    },
    opts,
  );
}
