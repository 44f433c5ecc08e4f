import { expect, test } from "vitest";
import { gkeKubeconfig } from "../../../components/cluster/gcp-kubeconfig.ts";

test("a login by the caller's own identity, without any credential (F96)", () => {
  const { clusters, users } = JSON.parse(gkeKubeconfig("ai", { host: "gke-1.us-central1.gke.goog" }));
  expect(clusters).toEqual([{ name: "ai", cluster: { server: "https://gke-1.us-central1.gke.goog" } }]);
  expect(users).toEqual([
    {
      name: "ai",
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
  ]);
});

test("an address of the network comes with the authority that signs it", () => {
  const config = JSON.parse(gkeKubeconfig("ai", { host: "10.0.0.2", authority: "Y2VydA==" }));
  expect(config.clusters[0].cluster).toEqual({
    server: "https://10.0.0.2",
    "certificate-authority-data": "Y2VydA==",
  });
  expect([config.contexts, config["current-context"]]).toEqual([
    [{ name: "ai", context: { cluster: "ai", user: "ai" } }],
    "ai",
  ]);
});
