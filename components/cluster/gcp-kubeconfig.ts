/** How programs log in to a GKE cluster: with the caller's own identity, by Google's plugin. */

export interface ClusterEndpoint {
  /** Host, and port where it is not 443. */
  readonly host: string;
  /** Certificate of the control plane's own authority, in base64; a public one signs the DNS endpoint. */
  readonly authority?: string | undefined;
}

/**
 * A kubeconfig without any credential: gke-gcloud-auth-plugin fetches a token when it is read and again when
 * that ends, as a long update needs, while a token written here would stand in the state and last an hour.
 */
export function gkeKubeconfig(name: string, { host, authority }: ClusterEndpoint): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name,
        cluster: {
          server: `https://${host}`,
          ...(authority === undefined ? {} : { "certificate-authority-data": authority }),
        },
      },
    ],
    users: [
      {
        name,
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "gke-gcloud-auth-plugin",
            installHint: "https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl",
            interactiveMode: "Never",
            provideClusterInfo: true,
          },
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}
