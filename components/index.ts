/** The public names of the library. */
export {
  type AcceleratorSpec,
  type AcceleratorSpecId,
  acceleratorSpec,
} from "./catalogue/accelerator-specs.ts";
export { eksEnums, gkeEnums } from "./catalogue/api-enums.ts";
export { type CloudMachine, type CloudMachineId, cloudMachine } from "./catalogue/cloud-machine.ts";
export { awsVcpuQuotas, gcpGpuQuotas } from "./catalogue/cloud-quotas.ts";
export { distributions } from "./catalogue/distributions.ts";
export { gkeGpuProfiles } from "./catalogue/gke-gpu-profiles.ts";
export { type AcceleratorId, acceleratorIds } from "./catalogue/hardware.ts";
export { migProfileNames } from "./catalogue/mig-profile-names.ts";
export type { ModelArchitecture } from "./catalogue/model-architecture.ts";
export { type ModelId, modelFacts, modelIds } from "./catalogue/models.ts";
export { eksGpuImages } from "./catalogue/node-images.ts";
export { type Quantization, quantization } from "./catalogue/quantization.ts";
export { type AwsCluster, type AwsClusterArgs, awsCluster } from "./cluster/aws.ts";
export { type AwsBudgetArgs, awsBudget } from "./cluster/aws-budget.ts";
export { AwsControlPlane, type AwsControlPlaneArgs } from "./cluster/aws-control-plane.ts";
export { AwsNetwork, type AwsNetworkArgs } from "./cluster/aws-network.ts";
export { imageCache } from "./cluster/aws-registry.ts";
export type {
  ChartRelease,
  Cluster,
  NodePoolRequest,
  ProvisionedNodePool,
  Taint,
} from "./cluster/contract.ts";
export { type GcpCluster, type GcpClusterArgs, gcpCluster } from "./cluster/gcp.ts";
export { type ChartPlace, helmRelease } from "./cluster/helm-release.ts";
export {
  type LocalCluster,
  type LocalClusterArgs,
  type LocalInstallation,
  localCluster,
} from "./cluster/local.ts";
export { MetalLb, type MetalLbArgs } from "./cluster/metal-lb.ts";
export { NodePool, type NodePoolArgs } from "./cluster/node-pool.ts";
export { type OnpremCluster, type OnpremClusterArgs, onpremCluster } from "./cluster/onprem.ts";
export { readInventory } from "./cluster/onprem-inventory.ts";
export { type KubeconfigSource, kubeconfigAt } from "./cluster/onprem-kubeconfig.ts";
export { GpuOperator, type GpuOperatorArgs } from "./gpu/gpu-operator.ts";
export { GpuSharing, type GpuSharingArgs } from "./gpu/gpu-sharing.ts";
export { NodeHealth, type NodeHealthArgs } from "./gpu/node-health.ts";
export { Notebook, type NotebookArgs } from "./interactive/notebook.ts";
export { NotebookCulling, type NotebookCullingArgs } from "./interactive/notebook-culling.ts";
export { type AcceleratorPrice, acceleratorPrice } from "./planning/accelerator-price.ts";
export type { AccountPool } from "./planning/account-pool.ts";
export type { AccountQuota } from "./planning/account-quota.ts";
export type { Budget, Budgets } from "./planning/budget.ts";
export { chartProblems, driverProblems, operatorProblems } from "./planning/compatibility.ts";
export { fabricManagerProblems } from "./planning/fabric-manager.ts";
export { driverPackages, gpuStack, gpuStackValues } from "./planning/gpu-stack.ts";
export { cacheBytesPerToken, sequenceBytes } from "./planning/models/cache.ts";
export { type FitRequest, fitProblems } from "./planning/models/fit-problems.ts";
export { readModelConfig } from "./planning/models/model-config.ts";
export { type Fit, modelFit, type Serving, visibleBytes } from "./planning/models/model-fit.ts";
export { countParameters } from "./planning/models/parameters.ts";
export { type Training, trainingMemory } from "./planning/models/training-memory.ts";
export { rankWeightBytes, weightBytes } from "./planning/models/weights.ts";
export { ownCost, type PoolCost, type PricedPool, poolCost } from "./planning/pool-cost.ts";
export { precompiledProblems } from "./planning/precompiled-driver.ts";
export { type PoolService, type QuotaChain, quotaChainProblems } from "./planning/quota-chain.ts";
export {
  type Arrivals,
  type LatencyModel,
  type LoadedReplica,
  latencyModel,
} from "./planning/serving/loaded-latency.ts";
export {
  type Headroom,
  neededMachines,
  neededReplicas,
  type Objective,
} from "./planning/serving/replica-count.ts";
export {
  type BatchPerformance,
  batchPerformance,
  type ReplicaEngine,
  replicaEngine,
} from "./planning/serving/replica-engine.ts";
export type { Lengths } from "./planning/serving/request-lengths.ts";
export {
  readRequestTrace,
  type TracedRequest,
  traceArrivals,
} from "./planning/serving/request-trace.ts";
export {
  type AlternativesRequest,
  type ServingAlternative,
  type ServingAlternatives,
  servingAlternatives,
} from "./planning/serving/serving-alternatives.ts";
export { type ServingHardware, servingHardware } from "./planning/serving/serving-hardware.ts";
export {
  meetsObjective,
  type ReplayFigures,
  replayedReplicas,
  replayTrace,
} from "./planning/serving/trace-replay.ts";
export {
  type MigSlice,
  type SharedAccelerator,
  sharedAccelerator,
} from "./planning/sharing-accelerator.ts";
export {
  adviseSharing,
  type LeftOutSettings,
  type RefusedSharing,
  type SharingAdvice,
  type SharingQuestion,
} from "./planning/sharing-advice.ts";
export { describedWay, type SharingWay, type SharingWayName } from "./planning/sharing-advice-modes.ts";
export type { SharingObjective, SharingOutcome } from "./planning/sharing-advice-outcome.ts";
export type { JobKind, SharingFigures } from "./planning/sharing-advice-simulation.ts";
export type { SiteInventory, SitePool } from "./planning/site-inventory.ts";
export { type SitePlan, siteProblems, siteStorageClass, siteWarnings } from "./planning/site-problems.ts";
export type { Priority } from "./scheduling/priorities.ts";
export { PriorityClasses, type PriorityClassesArgs } from "./scheduling/priority-classes.ts";
export { type ClusterQueue, Queueing, type QueueingArgs } from "./scheduling/queueing.ts";
export { InferenceServer, type InferenceServerArgs } from "./serving/inference-server.ts";
export { AwsSharedVolumes, type AwsSharedVolumesArgs } from "./storage/aws-shared-volumes.ts";
export { AwsStore, type AwsStoreArgs } from "./storage/aws-store.ts";
export { type GcsStore, type GcsStoreArgs, gcsStore, podIdentity } from "./storage/gcp.ts";
export type { ObjectStore, StoreGrant } from "./storage/object-store.ts";
export { type S3StoreArgs, s3Store } from "./storage/s3-store.ts";
export { Team, type TeamArgs, type TeamQueue } from "./tenancy/team.ts";
export { TeamGuard, type TeamGuardArgs } from "./tenancy/team-guard.ts";
export { JobSet, type JobSetArgs } from "./training/job-set.ts";
export { LeaderWorkerSet, type LeaderWorkerSetArgs } from "./training/leader-worker-set.ts";
export { MpiJob, type MpiJobArgs } from "./training/mpi-job.ts";
export { RayCluster, type RayClusterArgs } from "./training/ray-cluster.ts";
export { RayJob, type RayJobArgs } from "./training/ray-job.ts";
export { TrainJob, type TrainJobArgs } from "./training/train-job.ts";
export { TrainingControllers, type TrainingControllersArgs } from "./training/training-controllers.ts";
export { TrainingJob, type TrainingJobArgs } from "./training/training-job.ts";
export { TrainingRuntime, type TrainingRuntimeArgs } from "./training/training-runtime.ts";
