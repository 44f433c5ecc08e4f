/** The parts of the toolchain: which module each comes from, how it is linked and what lies beside it. */
import type { OptionalController } from "../../components/catalogue/controllers.ts";
import { controllerParts } from "./controller-parts.ts";

export type ModuleName = "cluster" | "kuberay" | "mpi" | "volcano" | "pulumi" | "pulumi-kubernetes";

export type PartName =
  | "etcd"
  | "kubernetes"
  | "kubectl"
  | "kwok"
  | "kueue"
  | OptionalController
  | "pulumi"
  | "pulumi-resource-kubernetes";

export type ProgramName =
  | Exclude<PartName, "kubernetes">
  | "kube-apiserver"
  | "kube-scheduler"
  | "kube-controller-manager";

/** Charts, CRDs and manifests that are read from the pinned modules. */
export type AssetName = "kwok/stages" | `${"kueue" | OptionalController}/${"chart" | "crds"}`;

/** Files of a Go module of the build list, copied when the part is built. */
export interface ModuleFiles {
  readonly module: string;
  /** A file or a folder inside that module. */
  readonly from: string;
  /** Where it goes, relative to the folder that it is copied for. */
  readonly to: string;
  /** Files and folders in `from` that are left out. */
  readonly except?: readonly string[];
}

/** A file of our own beside those of a module. */
export interface TextFile {
  readonly to: string;
  readonly text: string;
}

export interface Part {
  readonly name: PartName;
  /** The folder with go.mod and go.sum. */
  readonly module: ModuleName;
  /** What `go build` is given. */
  readonly package: string;
  /** What pins the version of this part: a Go module that go.mod requires, or an npm dependency. */
  readonly versionOf: { module: string; npm?: never } | { npm: string; module?: never };
  /** File name of the binary. */
  readonly binary: string;
  /** Programs of this part: the binary itself, or names that link to it. */
  readonly programs: readonly ProgramName[];
  readonly tags?: readonly string[];
  /** String variables that the linker sets, for a version such as "1.36.4". */
  readonly variables?: (version: string) => Readonly<Record<string, string>>;
  /** Files that must lie beside our main package before it compiles. */
  readonly embeds?: readonly ModuleFiles[];
  /** Files that are kept in share/ beside the binary. */
  readonly assets?: Partial<Readonly<Record<AssetName, readonly (ModuleFiles | TextFile)[]>>>;
  /** Disk space of a first build, after the parts before it: compile cache, module cache, the result. */
  readonly diskMiB: { readonly compiled: number; readonly sources: number; readonly part: number };
}

const kwok = "sigs.k8s.io/kwok";
const kueue = "sigs.k8s.io/kueue";
const autoscaler = "k8s.io/autoscaler/cluster-autoscaler/apis";
const provisioningRequests = "autoscaling.x-k8s.io_provisioningrequests.yaml";
const provider = "github.com/pulumi/pulumi-kubernetes/provider/v4";

/** In build order: parts of one module stay together, so that the next module downloads meanwhile. */
export const parts: readonly Part[] = [
  {
    name: "etcd",
    module: "cluster",
    package: "./etcd",
    versionOf: { module: "go.etcd.io/etcd/server/v3" },
    binary: "etcd",
    programs: ["etcd"],
    diskMiB: { compiled: 350, sources: 350, part: 26 },
  },
  {
    name: "kubernetes",
    module: "cluster",
    package: "./kubernetes",
    versionOf: { module: "k8s.io/kubernetes" },
    binary: "kubernetes",
    programs: ["kube-apiserver", "kube-scheduler", "kube-controller-manager"],
    variables: kubernetesVariables,
    diskMiB: { compiled: 2440, sources: 400, part: 114 },
  },
  {
    name: "kubectl",
    module: "cluster",
    package: "k8s.io/kubernetes/cmd/kubectl",
    versionOf: { module: "k8s.io/kubernetes" },
    binary: "kubectl",
    programs: ["kubectl"],
    variables: kubernetesVariables,
    diskMiB: { compiled: 190, sources: 30, part: 57 },
  },
  {
    name: "kwok",
    module: "cluster",
    package: `${kwok}/cmd/kwok`,
    versionOf: { module: kwok },
    binary: "kwok",
    programs: ["kwok"],
    // Nodes stay Ready by their lease; pods run, become Ready and are deleted at once.
    assets: {
      "kwok/stages": [
        "node/fast/node-initialize.yaml",
        "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
        "pod/fast/pod-ready.yaml",
        "pod/fast/pod-delete.yaml",
      ].map((file) => ({ module: kwok, from: `kustomize/stage/${file}`, to: file })),
    },
    diskMiB: { compiled: 50, sources: 20, part: 61 },
  },
  {
    name: "kueue",
    module: "cluster",
    package: `${kueue}/cmd/kueue`,
    versionOf: { module: kueue },
    binary: "kueue",
    programs: ["kueue"],
    variables: (version) => ({ [`${kueue}/pkg/version.GitVersion`]: `v${version}` }),
    assets: {
      // The cluster serves the CRDs itself; rendering a megabyte of them with each release is half its time.
      "kueue/chart": [{ module: kueue, from: "charts/kueue", to: ".", except: ["templates/crd"] }],
      // By ProvisioningRequest Kueue asks for nodes; it looks for the kind once, when it starts.
      "kueue/crds": [
        { module: kueue, from: "config/components/crd/bases", to: "." },
        { module: autoscaler, from: `config/crd/${provisioningRequests}`, to: provisioningRequests },
      ],
    },
    diskMiB: { compiled: 430, sources: 230, part: 110 },
  },
  ...controllerParts,
  {
    name: "pulumi",
    module: "pulumi",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    versionOf: { module: "github.com/pulumi/pulumi/pkg/v3" },
    binary: "pulumi",
    programs: ["pulumi"],
    tags: ["osusergo", "grpcnotrace"],
    variables: (version) => ({ "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": version }),
    diskMiB: { compiled: 1170, sources: 900, part: 110 },
  },
  {
    name: "pulumi-resource-kubernetes",
    module: "pulumi-kubernetes",
    package: ".",
    // The provider's module has no release tags: it goes by the SDK it serves.
    versionOf: { npm: "@pulumi/kubernetes" },
    binary: "pulumi-resource-kubernetes",
    programs: ["pulumi-resource-kubernetes"],
    variables: (version) => ({ [`${provider}/pkg/version.Version`]: version }),
    embeds: ["schema.json", "terraform-mapping.json"].map((file) => ({
      module: provider,
      from: `cmd/pulumi-resource-kubernetes/${file}`,
      to: file,
    })),
    diskMiB: { compiled: 3510, sources: 950, part: 162 },
  },
];

/**
 * Clients parse the server's version and user agents carry the client's, so both copies are set. A module
 * does not know its commit: "unknown" is what client-go writes then, "archive" what Kubernetes calls
 * source code without a repository.
 */
function kubernetesVariables(version: string): Record<string, string> {
  const [major = "", minor = ""] = version.split(".");
  const values = {
    gitVersion: `v${version}`,
    gitMajor: major,
    gitMinor: minor,
    gitCommit: "unknown",
    gitTreeState: "archive",
  };
  const packages = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"];
  return Object.fromEntries(
    packages.flatMap((name) => Object.entries(values).map(([key, value]) => [`${name}.${key}`, value])),
  );
}
