/** Which versions of Kubernetes each operator and chart works with. */
import type { DraDevices } from "./dra.ts";
import { type Known, unknown } from "./unknown.ts";
import type { charts } from "./versions.ts";

/** Minor versions, both of them included. */
export interface KubernetesRange {
  readonly least: string;
  /** The newest that its makers name; unknown where they name none. */
  readonly most: Known<string>;
  readonly source: string;
  /** Day of the check, as year-month-day. */
  readonly date: string;
}

const date = "2026-11-21";
const noLimit = unknown("no newest version is named");
const notStated = unknown("its makers do not say");
const kserveRange = unknown("the least version on its makers' site names no release that it holds for");

/** The GPU Operator by its release: with each, the versions that it was validated with. */
export const gpuOperatorReleases = {
  "26.3.0": operator("1.32", "1.35", "580.126.20", "platform support @5572aa9"),
  "26.3.1": operator("1.32", "1.35", "580.126.20", "platform support @5572aa9"),
  "26.7.0": operator("1.33", "1.37", "595.91.07", "pull request 490 (least) and issue 482 (most)"),
} as const;

export type GpuOperatorRelease = keyof typeof gpuOperatorReleases;

/** What the platform's own objects need: admission policies in CEL, stable since this release. */
export const platformKubernetes = {
  least: "1.30",
  source:
    "Kubernetes, deprecated API migration guide: ValidatingAdmissionPolicy admissionregistration.k8s.io/v1",
  date,
} as const;

const gates = "kubernetes/kubernetes pkg/features/kube_features.go";

/** From which release on every API server serves what claims of these devices need; before, a gate is off. */
export const devicesKubernetes: Readonly<Record<DraDevices, Omit<KubernetesRange, "most">>> = {
  whole: {
    least: "1.34",
    source: "Kubernetes, dynamic resource allocation: resource.k8s.io/v1 is stable since then",
    date: "2026-11-22",
  },
  partitions: {
    least: "1.36",
    source: `${gates}, DRAPartitionableDevices: alpha and off in 1.33, beta and on in 1.36`,
    date: "2026-11-22",
  },
  shares: {
    least: "1.36",
    source: `${gates}, DRAConsumableCapacity: alpha and off in 1.34, beta and on in 1.36`,
    date: "2026-11-22",
  },
};

/** By the chart's name in versions.ts, at the version that stands there. */
export const chartKubernetes: { readonly [Chart in keyof typeof charts]: Known<KubernetesRange> } = {
  kueue: { least: "1.29", most: noLimit, source: "kubernetes-sigs/kueue v0.19.2 README.md", date },
  jobset: {
    least: "1.27",
    most: noLimit,
    source: "kubernetes-sigs/jobset v0.12.0 charts/jobset/README.md",
    date,
  },
  trainer: {
    least: "1.31",
    most: noLimit,
    source: "kubeflow/trainer v2.3.0 charts/kubeflow-trainer/README.md",
    date,
  },
  kuberay: notStated,
  lws: notStated,
  mpi: notStated,
  volcano: {
    least: "1.23",
    // The table ends at 1.33; of newer ones it says only that they have what Volcano cannot use.
    most: noLimit,
    source: "volcano-sh/volcano v1.14.1 README.md, the row of that source tree",
    date,
  },
  kserveCrd: kserveRange,
  kserve: kserveRange,
  kai: notStated,
  gpuOperator: gpuOperatorReleases["26.7.0"].kubernetes,
  draDriver: {
    least: "1.34",
    most: noLimit,
    source: "kubernetes-sigs/dra-driver-nvidia-gpu: resource.k8s.io/v1, which Kubernetes serves from then on",
    date,
  },
  metallb: notStated,
  clusterAutoscaler: notStated,
  efaDevicePlugin: notStated,
};

function operator(least: string, most: string, driver: string, page: string) {
  const source = `NVIDIA/cloud-native-docs gpu-operator, ${page}`;
  return { kubernetes: { least, most, source, date }, driver };
}
