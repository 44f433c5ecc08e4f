/** The scheduler extender as a program: serves the cluster of the state directory on a port until stopped. */
import { KubeApi } from "../cluster/kube-api.ts";
import { StateDirectory } from "../cluster/state-directory.ts";
import { ClusterView } from "./cluster-view.ts";
import { SchedulerExtender } from "./extender.ts";
import { followCluster } from "./follow-cluster.ts";

const port = Number(process.argv[2]);
if (!Number.isInteger(port) || port < 1 || port > 65_535) {
  process.stderr.write("Usage: node embedded/scheduler-extender/main.ts PORT\n");
  process.exit(2);
}
const view = new ClusterView();
const extender = new SchedulerExtender(view);
const stopped = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    stopped.abort();
    void extender.close();
  });
}
// The view first: a scheduler that gets no answer yet places pods as if there were no extender.
await followCluster(KubeApi.fromKubeconfig(new StateDirectory().kubeconfig), view, stopped.signal);
process.stdout.write(`${await extender.listen(port)}\n`);
