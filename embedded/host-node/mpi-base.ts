/** What the MPI operator's kustomize base lacks: namespace, image, probes, the restricted Pod Security. */
import { trainingControllers } from "../../components/catalogue/controllers.ts";
import { images } from "../../components/catalogue/versions.ts";
import type { KustomizeBase } from "./kustomize-base.ts";

export const mpiBase: KustomizeBase = {
  namespace: trainingControllers.mpi.namespace,
  container: (_, { health }) => {
    const probe = { httpGet: { path: "/healthz", port: health } };
    return {
      image: images.mpi.reference,
      // Its own limits, 5 and 10, make a gang of a hundred workers wait for its pods.
      args: [
        "-alsologtostderr",
        `-health-address=127.0.0.1:${health}`,
        "-kube-api-qps=100",
        "-kube-api-burst=200",
      ],
      readinessProbe: probe,
      livenessProbe: probe,
      securityContext: {
        runAsNonRoot: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
        seccompProfile: { type: "RuntimeDefault" },
      },
    };
  },
};
