/** Serves a model to a team by the project's own runtime: on the processor, or on accelerators of a pool. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { kueueLabels, systemNamespaceLabels } from "../catalogue/labels.ts";
import type { Cluster } from "../cluster/contract.ts";
import { parseConfig, refuse } from "../config.ts";
import { dnsLabel } from "../names.ts";
import { devicePodShare, nodeSize, quantities, sharedMemoryQuantity } from "../planning/node-size.ts";
import type { Problem } from "../planning/problem.ts";
import { cpuQuantity, memoryQuantity } from "../planning/quantity.ts";
import { remotePoolProblems } from "../planning/remote-pool.ts";
import {
  acceleratorSize,
  contextOf,
  type InferencePlan,
  inferenceProblems,
  inferenceRequest,
  processorSize,
  servedModelOf,
} from "../planning/serving/inference-plan.ts";
import { roomProblems } from "../planning/serving/inference-room.ts";
import { modelVerdict } from "../planning/serving/model-problems.ts";
import {
  profileQuotaProblems,
  rolloutProblems,
  serverBackendProblems,
} from "../planning/serving/queue-room.ts";
import { startProblems, startSecondsOf } from "../planning/serving/start-time.ts";
import { ofProfile } from "../planning/sharing.ts";
import type { PriorityClasses } from "../scheduling/priority-classes.ts";
import type { Team, TeamQueue } from "../tenancy/team.ts";
import { inferenceServerFields } from "./inference-fields.ts";
import {
  type AcceleratorDevice,
  deploymentManifest,
  disruptionBudgetSpec,
  keysName,
  keysText,
  networkPolicySpec,
  type ProcessorDevice,
  rolloutSeconds,
  type ServerPods,
  serverPort,
  serviceManifest,
  settingsName,
  settingsText,
} from "./inference-objects.ts";

const inferenceServerConfig = z.strictObject({ name: dnsLabel, ...inferenceServerFields });

type InferenceServerConfig = z.output<typeof inferenceServerConfig>;

export interface InferenceServerArgs extends Omit<z.input<typeof inferenceServerConfig>, "name"> {
  cluster: Cluster;
  /** Whose it is, and whose pods may ask it. */
  team: Team;
  /** Queue of the team whose accelerators compute, with the classes that `priority` names. Default: none. */
  accelerated?: { readonly queue: TeamQueue; readonly priorityClasses: PriorityClasses };
}

/** Those that go while they answer may take an hour. */
const deleteTimeout = "75m";

export class InferenceServer extends pulumi.ComponentResource {
  /** Namespace and name of its Deployment, and of its Service. */
  readonly server: { readonly namespace: string; readonly name: string };
  /** Where pods of the cluster ask it, as clients of OpenAI's API want it. */
  readonly url: string;

  constructor(name: string, args: InferenceServerArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, team, accelerated, ...input } = args;
    const owner = `InferenceServer "${name}"`;
    const config = parseConfig(inferenceServerConfig, { name, ...input }, owner);
    const pods = serverPods(config, args, owner);
    super("plinth:serving:InferenceServer", name, {}, { ...opts, provider: cluster.provider });

    const { namespace } = pods;
    const options = { parent: this, deleteBeforeReplace: true };
    const before = accelerated ? [accelerated.queue.resource] : [systemHome(name, pods, team, options)];
    const inside = { ...options, dependsOn: before };
    const metadata = (object: string) => ({ name: object, namespace, labels: { ...team.labels } });
    const service = new k8s.core.v1.Service(name, serviceManifest(pods), inside);
    // The pods that go still have the old ones.
    const kept = { ...inside, deleteBeforeReplace: false };
    const settings = new k8s.core.v1.ConfigMap(
      name,
      {
        metadata: metadata(settingsName(pods)),
        immutable: true,
        data: { "settings.json": settingsText(pods) },
      },
      kept,
    );
    const keys = config.keys.length > 0 ? [keySecret(metadata(keysName(pods)), pods, kept)] : [];
    const rollout = `${rolloutSeconds(pods)}s`;
    new k8s.apps.v1.Deployment(name, deploymentManifest(pods), {
      ...options,
      customTimeouts: { create: rollout, update: rollout, delete: deleteTimeout },
      dependsOn: [
        ...before,
        ...[service, settings, ...keys],
        ...(accelerated ? [accelerated.priorityClasses, ...accelerated.queue.pool.resources] : []),
      ],
      replaceOnChanges: [`metadata.labels["${kueueLabels.queueName}"]`],
    });
    if (config.replicas > 1) {
      new k8s.policy.v1.PodDisruptionBudget(
        name,
        { metadata: metadata(name), spec: disruptionBudgetSpec(pods) },
        inside,
      );
    }
    this.server = { namespace, name };
    this.url = `http://${name}.${namespace}.svc:${serverPort}/v1`;
    this.registerOutputs({ server: this.server, url: this.url });
  }
}

/** Everything that its objects are made of; refused where it could not run. */
function serverPods(config: InferenceServerConfig, args: InferenceServerArgs, owner: string): ServerPods {
  const { cluster, team, accelerated } = args;
  const image = config.image ?? cluster.programImage("runtime");
  const plan = planOf(config, args);
  const { systemNode: node, systemNodes: nodes } = cluster;
  const place = { hasRuntime: cluster.programImage("runtime") !== undefined, node, nodes };
  const wait = accelerated?.queue.clusterQueue;
  refuse(owner, [
    ...inferenceProblems(plan, place),
    ...roomProblems([plan], place),
    ...startProblems({ ...config, path: [] }, wait),
    ...poolProblems(plan, accelerated?.queue),
  ]);
  const model = servedModelOf(plan);
  if (!model || image === undefined) throw new Error("a server without model or image is refused");
  const { name, servedName = name, replicas, sequences, drainSeconds, keys } = config;
  return {
    ...{ name, servedName, replicas, sequences, drainSeconds, keys, image },
    context: contextOf(plan, model),
    startSeconds: startSecondsOf(config, wait),
    labels: team.labels,
    ...(accelerated
      ? acceleratedPods(plan, accelerated.queue)
      : processorPods(plan, processorSize(plan, model), cluster)),
  };
}

function planOf(config: InferenceServerConfig, { team, accelerated }: InferenceServerArgs): InferencePlan {
  return { ...config, path: [], team: team.namespace, pool: accelerated?.queue.pool.name };
}

/** Why its replicas would not fit the pool, or not the team's quota there. */
function poolProblems(plan: InferencePlan, queue: TeamQueue | undefined): Problem[] {
  const { pool } = plan;
  const request = queue && pool !== undefined ? inferenceRequest({ ...plan, pool }) : undefined;
  if (!request || !queue) return [];
  const { backend, quotas, isRemote } = queue.clusterQueue;
  const quota = ofProfile(quotas, plan.profile);
  const { problems, row } = modelVerdict(request, queue.pool, quota && { ...quota, path: [] });
  return [
    ...serverBackendProblems(plan.path, backend),
    ...(isRemote ? remotePoolProblems(plan.path, "a server", queue.pool.name) : []),
    ...problems,
    ...profileQuotaProblems(request, queue.pool, quotas),
    ...(quota && row && problems.length === 0 ? rolloutProblems([{ request, ...row }], quota) : []),
  ];
}

type Placed = Pick<ServerPods, "namespace" | "requests" | "sharesNetwork" | "device">;

/** Beside the platform's own programs: teams' namespaces are for what waits in a queue. */
function processorPods(
  { name }: InferencePlan,
  { cpuCores, kvCacheMiB, memory }: ReturnType<typeof processorSize>,
  { systemPlacement: placement, sharesNetwork = false }: Cluster,
): Placed & { readonly device: ProcessorDevice } {
  return {
    namespace: `${name}-inference-system`,
    requests: { cpu: cpuQuantity(cpuCores * 1000), memory: memoryQuantity(memory.totalMiB) },
    sharesNetwork,
    device: { kind: "processor", threads: cpuCores, kvCacheMiB, placement },
  };
}

/** CPU and memory follow the accelerators, as those of any job. */
function acceleratedPods(
  plan: InferencePlan,
  { pool, namespace, name, serviceAccount }: TeamQueue,
): Placed & { readonly device: AcceleratorDevice } {
  const { tensor, priority } = acceleratorSize(plan);
  const device = ofProfile(pool.devices, plan.profile);
  if (!device) throw new Error("a profile that the pool does not have is refused");
  const share = devicePodShare(nodeSize(pool.allocatable, pool.resourceName), device, tensor);
  return {
    namespace,
    requests: quantities(share, device.resourceName),
    // On nodes of a pool each pod has a network of its own.
    sharesNetwork: false,
    device: {
      kind: "accelerators",
      queue: name,
      ...{ tensor, priority, serviceAccount },
      ...(pool.runtimeClass === undefined ? {} : { runtimeClass: pool.runtimeClass }),
      sharedMemory: sharedMemoryQuantity(share),
    },
  };
}

/** A namespace of the platform's own, into which only the team's pods come. */
function systemHome(
  name: string,
  pods: ServerPods,
  team: Team,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const { namespace } = pods;
  const home = new k8s.core.v1.Namespace(
    name,
    { metadata: { name: namespace, labels: { ...systemNamespaceLabels } } },
    options,
  );
  const metadata = { name, namespace, labels: { ...team.labels } };
  return new k8s.networking.v1.NetworkPolicy(
    name,
    { metadata, spec: networkPolicySpec(pods, team.namespace) },
    { ...options, dependsOn: [home] },
  );
}

function keySecret(
  metadata: { readonly name: string; readonly namespace: string },
  pods: ServerPods,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const data = { "keys.json": Buffer.from(keysText(pods)).toString("base64") };
  const args = { metadata, immutable: true, data: pulumi.secret(data) };
  return new k8s.core.v1.Secret(`${pods.name}-keys`, args, options);
}
