/** A program as a user would write it: KServe on a site, with pods as plain Deployments and no mesh. */
import { kubeconfigAt, onpremCluster, readInventory } from "../../components/index.ts";

const { KUBECONFIG: kubeconfig = "", PLINTH_TEST_CHARTS: chartMirror } = process.env;

const cluster = onpremCluster("site", {
  kubeconfig,
  inventory: await readInventory(kubeconfigAt(kubeconfig)),
  distribution: "kubeadm",
  diskClass: "disks",
  chartMirror,
});
const namespace = "kserve";
const kinds = cluster.install("kserve-crd", { chart: "kserveCrd", namespace, values: {} }, {});
const controller = {
  deploymentMode: "Standard",
  gateway: { disableIstioVirtualHost: true, disableIngressCreation: true },
};
cluster.install(
  "kserve",
  { chart: "kserve", namespace, namespaceExists: true, values: { kserve: { controller } } },
  { dependsOn: [kinds] },
);
