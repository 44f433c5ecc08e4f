/** What KubeRay's kustomize base lacks: namespace, image, ports. */
import { trainingControllers } from "../../components/catalogue/controllers.ts";
import { images } from "../../components/catalogue/versions.ts";
import type { KustomizeBase } from "./kustomize-base.ts";

export const kuberayBase: KustomizeBase = {
  namespace: trainingControllers.kuberay.namespace,
  container: ({ readinessProbe, livenessProbe }, ports) => ({
    image: images.kuberay.reference,
    // Heads of simulated clusters have no dashboard: what the operator asks them, it asks our stand-in. The
    // operator serves no webhooks, so their port is free for it.
    env: [{ name: "HTTP_PROXY", value: `http://127.0.0.1:${ports.webhook}` }],
    args: [
      `--metrics-addr=127.0.0.1:${ports.metrics}`,
      `--health-probe-bind-address=127.0.0.1:${ports.health}`,
      "--enable-leader-election=false",
    ],
    readinessProbe: { ...readinessProbe, httpGet: { path: "/readyz", port: ports.health } },
    livenessProbe: { ...livenessProbe, httpGet: { path: "/healthz", port: ports.health } },
  }),
};
