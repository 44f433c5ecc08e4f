/** Every version that the platform pins, each with where it comes from and when that was checked. */

export interface Pin {
  readonly version: string;
  /** Where the version was read or proven. */
  readonly source: string;
  /** Day of the check, as year-month-day. */
  readonly date: string;
}

const built = "resolved and built from the Go module proxy";

export const versions = {
  kubernetes: { version: "1.36.4", source: `k8s.io/kubernetes, ${built}`, date: "2026-11-21" },
  /** Kubernetes 1.36 is made against the etcd 3.6 client. */
  etcd: { version: "3.6.8", source: `go.etcd.io/etcd/server/v3, ${built}`, date: "2026-11-21" },
  kwok: { version: "0.8.0", source: `sigs.k8s.io/kwok, ${built}`, date: "2026-11-21" },
  kueue: { version: "0.19.2", source: `sigs.k8s.io/kueue, ${built}`, date: "2026-11-21" },
  jobset: { version: "0.12.0", source: `sigs.k8s.io/jobset, ${built}`, date: "2026-11-21" },
  trainer: { version: "2.3.0", source: `github.com/kubeflow/trainer/v2, ${built}`, date: "2026-11-21" },
  /** The release that Kueue's own module requires, as is that of LeaderWorkerSet. */
  kuberay: { version: "1.6.2", source: `github.com/ray-project/kuberay, ${built}`, date: "2026-11-21" },
  lws: { version: "0.9.0", source: `sigs.k8s.io/lws, ${built}`, date: "2026-11-21" },
  /** The release that Kueue's own module requires. */
  mpi: { version: "0.8.2", source: `github.com/kubeflow/mpi-operator, ${built}`, date: "2026-11-21" },
  volcano: {
    version: "1.14.1",
    source: `volcano.sh/volcano with volcano.sh/apis 1.14.0, ${built}`,
    date: "2026-11-21",
  },
  kserve: {
    version: "0.20.0",
    source: "github.com/kserve/kserve, resolved from the Go module proxy",
    date: "2026-11-21",
  },
  /** Rendered only; its module is not in the Go module proxy, so the embedded cluster cannot run it. */
  kai: { version: "0.17.0", source: "kai-scheduler/KAI-Scheduler, releases", date: "2026-08-03" },
  /** Runs our own small programs in pods; the project's own Node is the same release. */
  node: { version: "24.21.0", source: "node on npm, which the project runs on", date: "2026-11-21" },
  pulumi: { version: "3.259.0", source: `github.com/pulumi/pulumi/pkg/v3, ${built}`, date: "2026-11-21" },
  /** The npm package and the provider plugin must be the same version. */
  pulumiKubernetes: {
    version: "4.25.0",
    source: `@pulumi/kubernetes on npm; plugin github.com/pulumi/pulumi-kubernetes/provider/v4, ${built}`,
    date: "2026-11-21",
  },
  nodeLlamaCpp: { version: "3.22.1", source: "node-llama-cpp on npm, for a bench", date: "2026-11-22" },
  gpuOperator: { version: "26.7.0", source: "NVIDIA/gpu-operator, releases", date: "2026-08-20" },
  /** NVIDIA's driver for dynamic resource allocation: the release that this GPU Operator was made with. */
  draDriver: {
    version: "0.5.0",
    source: "kubernetes-sigs/dra-driver-nvidia-gpu, releases",
    date: "2026-08-19",
  },
  metallb: {
    version: "0.15.3",
    source: "metallb/metallb, release notes; endoflife.date",
    date: "2026-11-21",
  },
  clusterAutoscaler: {
    version: "9.56.0",
    source: "kubernetes/autoscaler, releases of its chart",
    date: "2026-03-02",
  },
  efaDevicePlugin: {
    version: "0.5.3",
    source: "NVIDIA/aicr recipes of EKS @bc05c6b",
    date: "2026-11-20",
  },
  /** The driver that this GPU Operator installs; simulated nodes report it. */
  nvidiaDriver: {
    version: "595.91.07",
    source: "NVIDIA/gpu-operator 26.7.0, deployments/gpu-operator/values.yaml",
    date: "2026-08-20",
  },
} as const satisfies Record<string, Pin>;

export interface ChartPin extends Pin {
  /** Name of the chart and of its release. */
  readonly name: string;
  /** Where a real cluster fetches the chart from; absent where its makers publish none. */
  readonly repository?: string;
  /** The version as the repository writes it, where that is another way. */
  readonly tag?: string;
  /** The strictest level of Pod Security under which its pods run. */
  readonly podSecurity: "restricted" | "baseline" | "privileged";
}

/** By the name that a release gives to `install`. */
export const charts = {
  kueue: {
    name: "kueue",
    version: versions.kueue.version,
    repository: "oci://registry.k8s.io/kueue/charts",
    podSecurity: "restricted",
    source: "kubernetes-sigs/kueue v0.19.2, charts/kueue and its installation page",
    date: "2026-11-21",
  },
  jobset: {
    name: "jobset",
    version: versions.jobset.version,
    repository: "oci://registry.k8s.io/jobset/charts",
    podSecurity: "restricted",
    source: "kubernetes-sigs/jobset v0.12.0, charts/jobset/README.md",
    date: "2026-11-21",
  },
  trainer: {
    name: "kubeflow-trainer",
    version: versions.trainer.version,
    repository: "oci://ghcr.io/kubeflow/charts",
    podSecurity: "restricted",
    source: "kubeflow/trainer v2.3.0, charts/kubeflow-trainer/README.md",
    date: "2026-11-21",
  },
  kuberay: {
    name: "kuberay-operator",
    version: versions.kuberay.version,
    repository: "https://ray-project.github.io/kuberay-helm",
    podSecurity: "restricted",
    source: "ray-project/kuberay v1.6.2, helm-chart/kuberay-operator; the operator's module has no chart",
    date: "2026-11-21",
  },
  lws: {
    name: "lws",
    version: versions.lws.version,
    repository: "oci://registry.k8s.io/lws/charts",
    podSecurity: "restricted",
    source: "kubernetes-sigs/lws v0.9.0, charts/lws/README.md",
    date: "2026-11-21",
  },
  mpi: {
    name: "mpi-operator",
    version: versions.mpi.version,
    podSecurity: "restricted",
    source: "kubeflow/mpi-operator v0.8.2, manifests/base: a kustomize base, no chart is published",
    date: "2026-11-21",
  },
  volcano: {
    name: "volcano",
    version: versions.volcano.version,
    repository: "https://volcano-sh.github.io/helm-charts",
    podSecurity: "restricted",
    source: "volcano-sh/volcano v1.14.1, installer/helm/chart/volcano and README.md",
    date: "2026-11-21",
  },
  /** Definitions of KServe's kinds, which its other chart has objects of. */
  kserveCrd: {
    name: "kserve-crd",
    version: versions.kserve.version,
    tag: `v${versions.kserve.version}`,
    repository: "oci://ghcr.io/kserve/charts",
    podSecurity: "restricted",
    source: "kserve/kserve v0.20.0, charts/kserve-crd/README.md",
    date: "2026-11-21",
  },
  /** It wants cert-manager's kinds. */
  kserve: {
    name: "kserve-resources",
    version: versions.kserve.version,
    tag: `v${versions.kserve.version}`,
    repository: "oci://ghcr.io/kserve/charts",
    podSecurity: "restricted",
    source: "kserve/kserve v0.20.0, charts/kserve-resources/README.md",
    date: "2026-11-21",
  },
  gpuOperator: {
    name: "gpu-operator",
    version: versions.gpuOperator.version,
    tag: `v${versions.gpuOperator.version}`,
    repository: "https://helm.ngc.nvidia.com/nvidia",
    podSecurity: "privileged",
    source: "NVIDIA/cloud-native-docs gpu-operator, installation",
    date: "2026-11-21",
  },
  kai: {
    name: "kai-scheduler",
    version: versions.kai.version,
    tag: `v${versions.kai.version}`,
    repository: "oci://ghcr.io/kai-scheduler/kai-scheduler",
    podSecurity: "baseline",
    source: "kai-scheduler/KAI-Scheduler, README.md",
    date: "2026-08-22",
  },
  draDriver: {
    name: "dra-driver-nvidia-gpu",
    version: versions.draDriver.version,
    repository: "oci://registry.k8s.io/dra-driver-nvidia/charts",
    podSecurity: "privileged",
    source: "kubernetes-sigs/dra-driver-nvidia-gpu, its site's installation page",
    date: "2026-11-21",
  },
  metallb: {
    name: "metallb",
    version: versions.metallb.version,
    repository: "https://metallb.github.io/metallb",
    podSecurity: "privileged",
    source: "metallb/metallb, installation page: the speaker takes part in the node's network",
    date: "2026-11-21",
  },
  clusterAutoscaler: {
    name: "cluster-autoscaler",
    version: versions.clusterAutoscaler.version,
    repository: "https://kubernetes.github.io/autoscaler",
    podSecurity: "baseline",
    source: "kubernetes/autoscaler, charts/cluster-autoscaler",
    date: "2026-11-21",
  },
  efaDevicePlugin: {
    name: "aws-efa-k8s-device-plugin",
    version: versions.efaDevicePlugin.version,
    tag: `v${versions.efaDevicePlugin.version}`,
    repository: "https://aws.github.io/eks-charts",
    podSecurity: "privileged",
    source: "aws/eks-charts, stable/aws-efa-k8s-device-plugin @0724e46: its versions begin with v",
    date: "2026-11-21",
  },
} as const satisfies Record<string, ChartPin>;

export interface ImagePin {
  readonly repository: string;
  readonly tag: string;
  /** Whole reference, with the digest where one is pinned. */
  readonly reference: string;
  readonly source: string;
  /** Day of the check, as year-month-day. */
  readonly date: string;
}

/** The image that a project publishes with each release. */
function release(repository: string, version: string, project: string): ImagePin {
  const tag = `v${version}`;
  const source = `${project} ${tag}, its chart or manifests; no digest checked`;
  return { repository, tag, reference: `${repository}:${tag}`, source, date: "2026-11-21" };
}

export const images = {
  /** Kueue's controller; the chart of the source tree names a staging image and a branch tag instead. */
  kueue: {
    repository: "registry.k8s.io/kueue/kueue",
    tag: `v${versions.kueue.version}`,
    reference: `registry.k8s.io/kueue/kueue:v${versions.kueue.version}`,
    source: "kubernetes-sigs/kueue v0.19.2, release manifests; no digest checked",
    date: "2026-11-21",
  },
  jobset: release("registry.k8s.io/jobset/jobset", versions.jobset.version, "kubernetes-sigs/jobset"),
  trainer: release(
    "ghcr.io/kubeflow/trainer/trainer-controller-manager",
    versions.trainer.version,
    "kubeflow/trainer",
  ),
  kuberay: release("quay.io/kuberay/operator", versions.kuberay.version, "ray-project/kuberay"),
  lws: release("registry.k8s.io/lws/lws", versions.lws.version, "kubernetes-sigs/lws"),
  volcanoScheduler: {
    repository: "docker.io/volcanosh/vc-scheduler",
    tag: `v${versions.volcano.version}`,
    reference: `docker.io/volcanosh/vc-scheduler:v${versions.volcano.version}`,
    source: "volcano-sh/volcano v1.14.1, chart values; no digest checked",
    date: "2026-11-21",
  },
  volcanoControllers: {
    repository: "docker.io/volcanosh/vc-controller-manager",
    tag: `v${versions.volcano.version}`,
    reference: `docker.io/volcanosh/vc-controller-manager:v${versions.volcano.version}`,
    source: "volcano-sh/volcano v1.14.1, chart values; no digest checked",
    date: "2026-11-21",
  },
  /** Programs come as mounted files: there is no image of our own to keep and to publish. */
  node: {
    repository: "docker.io/library/node",
    tag: `${versions.node.version}-slim`,
    reference: `docker.io/library/node:${versions.node.version}-slim`,
    source: "docker-library/official-images, node; no digest checked",
    date: "2026-11-21",
  },
  /** Its tags have no leading "v". */
  mpi: {
    repository: "docker.io/mpioperator/mpi-operator",
    tag: versions.mpi.version,
    reference: `docker.io/mpioperator/mpi-operator:${versions.mpi.version}`,
    source: "kubeflow/mpi-operator v0.8.2, manifests/overlays/standalone; no digest checked",
    date: "2026-11-21",
  },
  /** Does nothing until it is stopped: the stand-in for a training container in examples and tests. */
  placeholder: {
    repository: "registry.k8s.io/pause",
    tag: "3.10",
    reference:
      "registry.k8s.io/pause:3.10@sha256:ee6521f290b2168b6e0935a181d4cff9be1ac3f505666ef0e3c98fae8199917a",
    source: "registry.k8s.io, index of pause 3.10 for all platforms",
    date: "2026-11-21",
  },
} as const satisfies Record<string, ImagePin>;
