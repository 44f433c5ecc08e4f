/** Controllers that are built only when a stack asks for them. */
import type { OptionalController } from "../../components/catalogue/controllers.ts";
import { charts, versions } from "../../components/catalogue/versions.ts";
import type { Part, TextFile } from "./parts.ts";

const jobset = "sigs.k8s.io/jobset";
const trainer = "github.com/kubeflow/trainer/v2";
const kuberay = "github.com/ray-project/kuberay/ray-operator";
const lws = "sigs.k8s.io/lws";
const volcano = "volcano.sh/volcano";
const mpi = "github.com/kubeflow/mpi-operator";

/** Left out of charts: definitions of kinds, which the cluster serves itself, and the tests of the chart. */
const left = ["crds", "templates/crd", "tests"];

export const controllerParts: readonly (Part & { readonly name: OptionalController })[] = [
  {
    name: "jobset",
    module: "cluster",
    package: jobset,
    versionOf: { module: jobset },
    binary: "jobset",
    programs: ["jobset"],
    variables: (version) => ({ [`${jobset}/pkg/version.GitVersion`]: `v${version}` }),
    assets: {
      "jobset/chart": [{ module: jobset, from: "charts/jobset", to: ".", except: left }],
      "jobset/crds": [{ module: jobset, from: "config/components/crd/bases", to: "." }],
    },
    diskMiB: { compiled: 60, sources: 10, part: 60 },
  },
  {
    name: "trainer",
    module: "cluster",
    package: `${trainer}/cmd/trainer-controller-manager`,
    versionOf: { module: trainer },
    binary: "trainer",
    programs: ["trainer"],
    assets: {
      // Upstream's Chart.yaml names charts that would have to be there, even where they are switched off.
      "trainer/chart": [
        { module: trainer, from: "charts/kubeflow-trainer", to: ".", except: [...left, "Chart.yaml"] },
        chartFile("trainer"),
      ],
      "trainer/crds": [{ module: trainer, from: "manifests/base/crds", to: "." }],
    },
    diskMiB: { compiled: 60, sources: 20, part: 65 },
  },
  {
    name: "lws",
    module: "cluster",
    package: `${lws}/cmd`,
    versionOf: { module: lws },
    binary: "lws",
    programs: ["lws"],
    variables: (version) => ({ [`${lws}/pkg/version.GitVersion`]: `v${version}` }),
    assets: {
      "lws/chart": [{ module: lws, from: "charts/lws", to: ".", except: left }],
      "lws/crds": [{ module: lws, from: "charts/lws/crds", to: "." }],
    },
    diskMiB: { compiled: 50, sources: 20, part: 60 },
  },
  {
    name: "kuberay",
    // It does not compile against the newer libraries of the others.
    module: "kuberay",
    package: kuberay,
    versionOf: { module: kuberay },
    binary: "kuberay",
    programs: ["kuberay"],
    assets: {
      "kuberay/chart": [
        ...["role", "role_binding", "leader_election_role", "leader_election_role_binding", "service_account"]
          .map((name) => `rbac/${name}.yaml`)
          .concat("manager/manager.yaml")
          .map((file) => ({ module: kuberay, from: `config/${file}`, to: `templates/${file}` })),
        chartFile("kuberay"),
      ],
      // The fourth kind, RayCronJob, is behind a gate that is off.
      "kuberay/crds": ["rayclusters", "rayjobs", "rayservices"].map((kind) => ({
        module: kuberay,
        from: `config/crd/bases/ray.io_${kind}.yaml`,
        to: `${kind}.yaml`,
      })),
    },
    diskMiB: { compiled: 450, sources: 250, part: 70 },
  },
  {
    name: "mpi",
    // Its libraries are older than the others', and its own main package cannot share a machine.
    module: "mpi",
    package: ".",
    versionOf: { module: mpi },
    binary: "mpi",
    programs: ["mpi"],
    assets: {
      "mpi/chart": [
        ...["cluster-role", "cluster-role-binding", "deployment", "service-account"].map((name) => ({
          module: mpi,
          from: `manifests/base/${name}.yaml`,
          to: `templates/${name}.yaml`,
        })),
        chartFile("mpi"),
      ],
      "mpi/crds": [{ module: mpi, from: "manifests/base/kubeflow.org_mpijobs.yaml", to: "mpijobs.yaml" }],
    },
    diskMiB: { compiled: 300, sources: 150, part: 45 },
  },
  {
    name: "volcano",
    // It replaces the libraries of Kubernetes with older ones.
    module: "volcano",
    package: ".",
    versionOf: { module: volcano },
    binary: "volcano",
    programs: ["volcano"],
    assets: {
      // Upstream's chart brings definitions, webhooks and an agent for nodes as well.
      "volcano/chart": [
        ...["values.yaml", "config/volcano-scheduler.conf"]
          .concat(["_helpers.tpl", "scheduler.yaml", "controllers.yaml"].map((file) => `templates/${file}`))
          .map((file) => ({ module: volcano, from: `installer/helm/chart/volcano/${file}`, to: file })),
        chartFile("volcano"),
      ],
      "volcano/crds": [
        "batch.volcano.sh_jobs",
        "bus.volcano.sh_commands",
        "nodeinfo.volcano.sh_numatopologies",
        "scheduling.volcano.sh_podgroups",
        "scheduling.volcano.sh_queues",
        "topology.volcano.sh_hypernodes",
      ].map((name) => ({
        module: volcano,
        from: `config/crd/volcano/bases/${name}.yaml`,
        to: `${name}.yaml`,
      })),
    },
    diskMiB: { compiled: 700, sources: 400, part: 80 },
  },
];

/** A Chart.yaml for templates that come without one, or with one that cannot be used. */
function chartFile(controller: OptionalController): TextFile {
  const { name } = charts[controller];
  const lines = ["apiVersion: v2", `name: ${name}`, `version: ${versions[controller].version}`, ""];
  return { to: "Chart.yaml", text: lines.join("\n") };
}
