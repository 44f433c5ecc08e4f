/** The cluster contract on one machine: simulated nodes, charts whose controllers run as host processes. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { optionalControllers } from "../catalogue/controllers.ts";
import { accelerators, machineFor } from "../catalogue/hardware.ts";
import { hostNode, platformLabels, simulatedDisks, systemNamespaceLabels } from "../catalogue/labels.ts";
import { ownImages } from "../catalogue/own-images.ts";
import { type Schedulers, schedulerNames } from "../catalogue/schedulers.ts";
import { charts } from "../catalogue/versions.ts";
import { type ClaimedPool, isClaimed } from "../planning/claims.ts";
import { nodeDevices, poolDevices } from "../planning/sharing.ts";
import { poolSlices } from "../planning/slices.ts";
import {
  domainLabels,
  nodeTopology,
  poolShape,
  roomLevels,
  shapeDomains,
  type TopologyShape,
} from "../planning/topology.ts";
import { clusterProvider } from "./cluster-provider.ts";
import type {
  ChartName,
  ChartRelease,
  Cluster,
  ClusterAbilities,
  NodePoolRequest,
  ProgramName,
  ProvisionedNodePool,
  SystemPlacement,
} from "./contract.ts";
import { driverDeviceClasses } from "./local-device-classes.ts";
import { resourceSlices } from "./local-devices.ts";
import { acceleratorTaint, allocatableQuantities, nodeManifest } from "./local-node.ts";
import { localPool } from "./local-pool.ts";
import { hostValues } from "./local-release.ts";
import { runtimeClasses } from "./local-runtime-classes.ts";

/** A running one-machine cluster, as the machine's own installation describes it. */
export interface LocalInstallation {
  /** Path of a kubeconfig with full rights; a path, so that no credential reaches the state. */
  readonly kubeconfig: string;
  /** Directories of the unpacked charts that this installation has. */
  readonly charts: Readonly<Partial<Record<ChartName, string>>>;
  /** Fits rendered objects to one machine: placement, ports, certificates; takes the chart's name as well. */
  readonly postRenderer: { readonly command: string; readonly args: readonly string[] };
  /** Answers for the pods of simulated nodes, which run no program. Default: nobody does. */
  readonly podProxy?: string;
  /** Names of its scheduler's profiles. Default: Kubernetes' own alone. */
  readonly schedulers?: readonly string[];
}

export interface LocalClusterArgs {
  readonly installation: LocalInstallation;
  /** How simulated nodes share NVLink, racks and blocks. */
  readonly topology: TopologyShape;
  /** Provisioning classes that a program of one's own answers. Default: none. */
  readonly provisioningClasses?: readonly string[];
}

/** A cluster of simulated nodes. */
export type LocalCluster = Cluster<typeof localPool>;

/**
 * One machine runs what the toolchain can build, and has all its nodes from the start: it serves the kind
 * ProvisioningRequest, but has no autoscaler, and so no class but those that somebody else answers. `started`
 * are the profiles of its scheduler; without an installation nobody knows them, and all may be there.
 */
export function localAbilities(
  provisioningClasses: readonly string[] = [],
  started: readonly string[] = Object.values(schedulerNames),
): ClusterAbilities {
  const found = Object.entries(schedulerNames).filter(
    ([profile, name]) => profile !== "spread" && started.includes(name),
  );
  const schedulers: Schedulers = Object.fromEntries(found);
  return { charts: ["kueue", ...optionalControllers], provisioningClasses, schedulers };
}

export function localCluster(name: string, args: LocalClusterArgs): LocalCluster {
  const { installation, topology } = args;
  const provider = clusterProvider(name, {
    kubeconfig: installation.kubeconfig,
    kubeClientSettings: { qps: 500, burst: 1000 },
  });
  const classes = driverDeviceClasses(provider);
  const runtimes = runtimeClasses(provider);
  return {
    abilities: localAbilities(args.provisioningClasses, installation.schedulers ?? []),
    provider,
    topologyLevels: roomLevels,
    systemPlacement: hostPlacement,
    systemNode: hostNodeSize,
    systemNodes: 1,
    sharesNetwork: true,
    ...(installation.podProxy === undefined ? {} : { podProxy: installation.podProxy }),
    diskClass: simulatedDisks.storageClass,
    poolSchema: localPool,
    nodePool: ({ name: pool, ...request }, opts) => {
      const made = simulatedPool(pool, request, topology, opts);
      const shared = [
        ...(isClaimed(request) ? classes() : []),
        ...(request.runtimeClass === undefined ? [] : [runtimes(request.runtimeClass)]),
      ];
      return { ...made, resources: [...made.resources, ...shared] };
    },
    install: (release, chart, opts) => hostRelease(release, chart, installation, opts),
    programImage: (program) => programImages[program],
    repairLabels: undefined,
  };
}

/** The host node runs them from this very checkout. */
const programImages: Readonly<Record<ProgramName, string>> = {
  "node-health": ownImages.nodeHealth.reference,
  runtime: ownImages.runtime.reference,
};

/** What the host node says of itself. */
export const hostNodeSize = {
  cpuMillis: hostNode.capacity.cpuCores * 1000,
  memoryMiB: hostNode.capacity.memoryGiB * 1024,
};

const hostPlacement: SystemPlacement = {
  nodeSelector: { [hostNode.label]: "true" },
  tolerations: [{ key: hostNode.label, operator: "Equal", value: "true", effect: "NoSchedule" }],
};

function simulatedPool(
  pool: string,
  request: NodePoolRequest,
  room: TopologyShape,
  opts: pulumi.ComponentResourceOptions,
): ProvisionedNodePool {
  const shape = poolShape(request, room);
  const accelerator = accelerators[request.accelerator];
  const machine = machineFor(request.accelerator, request.acceleratorsPerNode);
  if (!machine) throw new Error(`no machine has ${request.acceleratorsPerNode} of ${request.accelerator}`);
  const resources = Array.from({ length: request.nodes }, (_, index): pulumi.Resource[] => {
    const manifest = nodeManifest({ pool, index, request, machine, shape });
    const node = new SimulatedNode(manifest.metadata.name, manifest, opts);
    return isClaimed(request) ? [node, ...publish(manifest.metadata.name, node, request, opts)] : [node];
  });
  const devices = poolDevices(request);
  const firstNode = isClaimed(request)
    ? Object.fromEntries(devices.map(({ resourceName, perNode }) => [resourceName, perNode]))
    : nodeDevices(request, 0);
  return {
    ...request,
    name: pool,
    devices,
    slices: poolSlices(request),
    resourceName: Object.keys(firstNode)[0] ?? accelerator.resourceName,
    labels: { [platformLabels.pool]: pool },
    taints: [acceleratorTaint(request.accelerator)],
    allocatable: allocatableQuantities(machine, firstNode, request),
    topology: nodeTopology(shapeDomains(shape)),
    domains: resources.map((_, index) => domainLabels(pool, index, shape)),
    resources: resources.flat(),
  };
}

/** The slices of a node, which go before it. */
function publish(
  name: string,
  node: pulumi.Resource,
  request: ClaimedPool,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
  return resourceSlices(name, request).map(
    (manifest) =>
      new k8s.apiextensions.CustomResource(manifest.metadata.name, manifest, {
        ...opts,
        dependsOn: [node],
        deleteBeforeReplace: true,
        // What a node offers is as fixed as its size.
        replaceOnChanges: ["spec"],
      }),
  );
}

/** The SDK's own class drops `status`, so the resource is registered by its type's name. */
class SimulatedNode extends pulumi.CustomResource {
  constructor(
    name: string,
    manifest: ReturnType<typeof nodeManifest>,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("kubernetes:core/v1:Node", name, manifest, {
      ...opts,
      deleteBeforeReplace: true,
      // Capacity cannot be changed through the Node itself, and a node of another size is another machine.
      replaceOnChanges: ["status"],
      // Taints are one list with one owner, and controllers add theirs to it: to restate ours would be
      // refused while a node is ill, and lift its taint if forced (F128).
      ignoreChanges: ["spec.taints"],
    });
  }
}

function hostRelease(
  name: string,
  release: ChartRelease,
  installation: LocalInstallation,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource {
  const chart = installation.charts[release.chart];
  if (chart === undefined) {
    throw new pulumi.RunError(
      `the embedded cluster does not have ${release.chart} yet; ` +
        "`npm run preview` and `npm run up` bring what the stack file names",
    );
  }
  const namespace = new k8s.core.v1.Namespace(
    release.namespace,
    { metadata: { name: release.namespace, labels: systemNamespaceLabels } },
    { ...opts, deleteBeforeReplace: true },
  );
  return new k8s.helm.v4.Chart(
    name,
    {
      chart,
      name: charts[release.chart].name,
      namespace: release.namespace,
      values: hostValues(release),
      postRenderer: {
        command: installation.postRenderer.command,
        args: [...installation.postRenderer.args, release.chart],
      },
    },
    pulumi.mergeOptions(opts, { dependsOn: [namespace] }),
  );
}
