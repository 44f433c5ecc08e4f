/** Controllers that serve training kinds beyond plain Jobs; a stack names those that it wants. */

export interface TrainingController {
  /** How people call it. */
  readonly title: string;
  /** Namespace that its release is made for. */
  readonly namespace: string;
  /** Controllers whose kinds it makes objects of. */
  readonly needs: readonly string[];
  /** Kinds that people submit, with the resource name that rights are given on. */
  readonly kinds: readonly { readonly kind: string; readonly group: string; readonly resource: string }[];
  /** What Kueue 0.19 calls its support for them (kueue.sigs.k8s.io, reference of its configuration). */
  readonly integrations: readonly string[];
}

const ray = (kind: string) => ({ kind, group: "ray.io", resource: `${kind.toLowerCase()}s` });

export const trainingControllers = {
  jobset: {
    title: "JobSet",
    namespace: "jobset-system",
    needs: [],
    kinds: [{ kind: "JobSet", group: "jobset.x-k8s.io", resource: "jobsets" }],
    integrations: ["jobset.x-k8s.io/jobset"],
  },
  trainer: {
    title: "Kubeflow Trainer",
    namespace: "kubeflow-system",
    needs: ["jobset"],
    kinds: [
      { kind: "TrainJob", group: "trainer.kubeflow.org", resource: "trainjobs" },
      { kind: "TrainingRuntime", group: "trainer.kubeflow.org", resource: "trainingruntimes" },
    ],
    integrations: ["trainer.kubeflow.org/trainjob"],
  },
  lws: {
    title: "LeaderWorkerSet",
    namespace: "lws-system",
    needs: [],
    kinds: [{ kind: "LeaderWorkerSet", group: "leaderworkerset.x-k8s.io", resource: "leaderworkersets" }],
    integrations: ["leaderworkerset.x-k8s.io/leaderworkerset"],
  },
  kuberay: {
    title: "KubeRay",
    namespace: "kuberay-system",
    needs: [],
    kinds: [ray("RayCluster"), ray("RayJob"), ray("RayService")],
    integrations: ["ray.io/raycluster", "ray.io/rayjob", "ray.io/rayservice"],
  },
  mpi: {
    title: "the MPI operator",
    namespace: "mpi-operator-system",
    needs: [],
    kinds: [{ kind: "MPIJob", group: "kubeflow.org", resource: "mpijobs" }],
    integrations: ["kubeflow.org/mpijob"],
  },
} as const satisfies Record<string, TrainingController>;

export type ControllerName = keyof typeof trainingControllers;

/** Controllers of which a cluster has only those that its stacks ask for, by the names of their charts. */
export type OptionalController = ControllerName | "volcano";

export const controllerNames = Object.keys(trainingControllers) as [ControllerName, ...ControllerName[]];

export const optionalControllers: [OptionalController, ...OptionalController[]] = [
  ...controllerNames,
  "volcano",
];
