/** The faults of the fault test, by kind: how each is put in, and how it is mended before the next. */
import type { V1Node } from "@kubernetes/client-node";
import { platformLabels, simulationAnnotations } from "../../../components/catalogue/labels.ts";
import type { Random } from "../../../components/planning/random.ts";
import type { KubeApiError } from "../../../embedded/cluster/kube-api.ts";
import { kill, readRunning } from "../../../embedded/cluster/process-identity.ts";
import { cured, doubtful, offTheBus, report, setReady } from "../node-faults.ts";
import { eventually } from "../platform.ts";
import { processTree } from "../process-tree.ts";
import type { ProvingGround } from "./proving-ground.ts";

/** Puts one fault in; false if there is nothing now that it could hit. */
export type Inject = (ground: ProvingGround, random: Random) => Promise<boolean>;

export type Family =
  | "node lost in the middle of a gang"
  | "controller killed"
  | "API server restarted"
  | "clock skew"
  | "queue deleted while jobs wait"
  | "pod or job";

export interface FaultKind {
  readonly family: Family;
  /** How many of them the whole test has. */
  readonly count: number;
  /** Later ones come after others of their round: with the API server away, nothing else can be put in. */
  readonly order: number;
  readonly inject: Inject;
}

const kueue = "/apis/kueue.x-k8s.io/v1beta2";
const hourMs = 3_600_000;

const node = { family: "node lost in the middle of a gang", count: 32, order: 1 } as const;
const skew = { family: "clock skew", count: 8, order: 1 } as const;
const queue = { family: "queue deleted while jobs wait", count: 7, order: 2 } as const;
const pod = { family: "controller killed", count: 7, order: 2 } as const;
const program = { ...pod, order: 3 } as const;
const server = { family: "API server restarted", count: 7, order: 4 } as const;
const other = { family: "pod or job", count: 7, order: 0 } as const;

export const faultKinds = {
  "node deleted": { ...node, inject: deleteNode },
  "node not Ready": { ...node, inject: unreadyNode },
  "GPU off the bus": { ...node, inject: breakNode },
  "reporter's clock an hour off": { ...skew, count: 16, inject: skewReporter },
  "node lease an hour off": { ...skew, inject: skewLease },
  "node health's memory an hour off": { ...skew, order: 2, inject: skewMemory },
  "LocalQueue deleted": { ...queue, count: 14, inject: deleteLocalQueue },
  "ClusterQueue deleted": { ...queue, inject: deleteClusterQueue },
  "Kueue's pod deleted": { ...pod, inject: deletePodOf("kueue-system") },
  "node health's pod deleted": { ...pod, inject: deletePodOf("node-health-system") },
  // Their pods are new ones, so the pause before their restart is the shortest.
  "Kueue killed": { ...program, inject: killUnderSupervisor(/^manager$/) },
  "node health killed": { ...program, inject: killUnderSupervisor(/^(node|MainThread)$/) },
  "controller-manager killed": { ...program, inject: killRecorded("kube-controller-manager") },
  "scheduler killed": { ...program, inject: killRecorded("kube-scheduler") },
  "simulated kubelets killed": { ...program, count: 4, inject: killRecorded("kwok") },
  "API server killed": { ...server, inject: killRecorded("kube-apiserver") },
  "etcd killed": { ...server, inject: killRecorded("etcd") },
  // Few, since Kubernetes waits 10 s or more before it makes another pod.
  "pod deleted": { ...other, count: 2, inject: killPod },
  "pod failed": { ...other, count: 2, inject: failPod },
  "job deleted": { ...other, inject: deleteJob },
} as const satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof faultKinds;

export const faultNames = Object.keys(faultKinds) as FaultName[];

function pick<T>(random: Random, list: readonly T[]): T | undefined {
  return list[random.below(list.length)];
}

/** A gang that no pod fault has hit yet: Kubernetes delays each further new pod of a job. */
async function unhitGang(ground: ProvingGround, random: Random) {
  const target = pick(
    random,
    (await ground.running()).filter(({ gang }) => !gang.wasHit),
  );
  if (target) target.gang.wasHit = true;
  const pod = target && pick(random, target.pods);
  return pod && { path: `/api/v1/namespaces/${target.gang.team}/pods/${pod.metadata?.name}` };
}

async function killPod(ground: ProvingGround, random: Random): Promise<boolean> {
  const target = await unhitGang(ground, random);
  if (target) await ground.api.remove(target.path);
  return target !== undefined;
}

async function failPod(ground: ProvingGround, random: Random): Promise<boolean> {
  const target = await unhitGang(ground, random);
  const annotations = { [simulationAnnotations.finishAfter]: "1ms", [simulationAnnotations.exitCode]: "137" };
  if (target) await ground.api.mergePatch(target.path, { metadata: { annotations } });
  return target !== undefined;
}

/** A well node that a gang runs on. */
async function pickNode(ground: ProvingGround, random: Random): Promise<V1Node | undefined> {
  const busy = (await ground.running()).flatMap(({ pods }) => pods.map(({ spec }) => spec?.nodeName));
  const well = await ground.wellNodes();
  return pick(
    random,
    well.filter(({ metadata }) => busy.includes(metadata?.name)),
  );
}

async function takeNode(ground: ProvingGround, random: Random): Promise<V1Node | undefined> {
  const node = await pickNode(ground, random);
  if (node) ground.out.add(nameOf(node));
  return node;
}

const nameOf = ({ metadata }: V1Node) => metadata?.name ?? "";

async function deleteNode(ground: ProvingGround, random: Random): Promise<boolean> {
  const node = await takeNode(ground, random);
  if (!node) return false;
  const { labels, annotations, name } = node.metadata ?? {};
  const { capacity, allocatable } = node.status ?? {};
  const taints = node.spec?.taints?.filter(({ key }) => key === "nvidia.com/gpu");
  await ground.api.remove(`/api/v1/nodes/${name}`);
  ground.later(async () => {
    // The old lease would keep the simulated kubelet away until it runs out.
    await ground.api.remove(`/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`);
    const body = {
      metadata: { name, labels, annotations },
      spec: { taints },
      status: { capacity, allocatable },
    };
    await ground.api.create("/api/v1/nodes", body).catch((error: Error) => {
      if (!error.message.includes("already exists")) throw error;
    });
  });
  return true;
}

async function unreadyNode(ground: ProvingGround, random: Random): Promise<boolean> {
  const node = await takeNode(ground, random);
  if (!node) return false;
  await setReady(ground.api, nameOf(node), false);
  ground.later(() => setReady(ground.api, nameOf(node), true));
  return true;
}

async function breakNode(ground: ProvingGround, random: Random): Promise<boolean> {
  const node = await takeNode(ground, random);
  if (!node) return false;
  await report(ground.api, nameOf(node), offTheBus);
  ground.later(() => report(ground.api, nameOf(node), cured(offTheBus)));
  return true;
}

/** A doubtful node keeps what it runs, whatever the time of the doubt. */
async function skewReporter(ground: ProvingGround, random: Random): Promise<boolean> {
  const node = await pickNode(ground, random);
  if (!node) return false;
  const time = hourOff(random);
  await report(ground.api, nameOf(node), doubtful, time);
  ground.later(() => report(ground.api, nameOf(node), cured(doubtful), time));
  return true;
}

function hourOff(random: Random): Date {
  return new Date(Date.now() + (random.next() < 0.5 ? -hourMs : hourMs));
}

/** The node's next heartbeat sets it right; until then nobody may think that the node is lost. */
async function skewLease(ground: ProvingGround, random: Random): Promise<boolean> {
  const node = await pickNode(ground, random);
  if (!node) return false;
  const path = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${nameOf(node)}`;
  const renewTime = hourOff(random).toISOString().replace("Z", "000Z");
  await ground.api.mergePatch(path, { spec: { renewTime } });
  return true;
}

/** As if the controller had run before on a machine with another clock; what it writes meanwhile stays. */
async function skewMemory(ground: ProvingGround, random: Random): Promise<boolean> {
  const path = "/api/v1/nodes";
  const ill = (await ground.api.list<V1Node>(path)).filter((node) => memoryOf(node) !== undefined);
  const node = pick(random, ill);
  if (!node) return false;
  const time = JSON.stringify(hourOff(random));
  const memory = memoryOf(node)?.replace(/"\d{4}-\d{2}-\d{2}T[^"]*"/g, time);
  const { resourceVersion } = node.metadata ?? {};
  const metadata = { resourceVersion, annotations: { [platformLabels.nodeHealth]: memory } };
  return ground.api.mergePatch(`${path}/${nameOf(node)}`, { metadata }).then(
    () => true,
    (error: KubeApiError) => {
      if (error.status !== 409) throw error;
      return skewMemory(ground, random);
    },
  );
}

function memoryOf({ metadata }: V1Node): string | undefined {
  return metadata?.annotations?.[platformLabels.nodeHealth];
}

async function deleteJob(ground: ProvingGround, random: Random): Promise<boolean> {
  const target = pick(random, await ground.running());
  if (!target) return false;
  await ground.remove(target.gang);
  const { team, queue, nodes } = target.gang;
  ground.later(() => ground.submit({ team, queue, nodes }));
  return true;
}

async function deleteLocalQueue(ground: ProvingGround, random: Random): Promise<boolean> {
  const first = random.below(ground.teams.length);
  for (const team of [...ground.teams.slice(first), ...ground.teams.slice(0, first)]) {
    const path = `${kueue}/namespaces/${team}/localqueues`;
    const waits = await ground.hasWaiting(team, "h100");
    if (waits && (await deleteAndMakeAgain(ground, path, "h100"))) return true;
  }
  return false;
}

/** The queue whose jobs wait as long as the test wants; Kueue keeps one that has admitted any. */
async function deleteClusterQueue(ground: ProvingGround): Promise<boolean> {
  const waits = await ground.hasWaiting("red", "held");
  return waits && deleteAndMakeAgain(ground, `${kueue}/clusterqueues`, "held");
}

interface Queue {
  metadata: { name: string; labels?: Record<string, string> };
  spec: object;
}

/** False if it is already deleted. */
async function deleteAndMakeAgain(ground: ProvingGround, path: string, name: string): Promise<boolean> {
  const queue = (await ground.api.list<Queue>(path)).find(({ metadata }) => metadata.name === name);
  if (!queue) return false;
  await ground.api.remove(`${path}/${name}`);
  const body = {
    apiVersion: "kueue.x-k8s.io/v1beta2",
    metadata: { name, labels: queue.metadata.labels },
    spec: queue.spec,
  };
  const kind = path.endsWith("clusterqueues") ? "ClusterQueue" : "LocalQueue";
  ground.later(() => ground.api.create(path, { ...body, kind }));
  return true;
}

function deletePodOf(namespace: string): Inject {
  return async ({ api }) => {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const [pod] = await api.list<{ metadata: { name: string } }>(path);
    if (pod) await api.remove(`${path}/${pod.metadata.name}`);
    return pod !== undefined;
  };
}

function killRecorded(name: string): Inject {
  return async ({ platform }) => {
    const running = readRunning(platform.state.path("run", `${name}.json`));
    return running !== undefined && kill(running.pid);
  };
}

/** What runs as a pod of the host node; it may be starting just now, or ending. */
function killUnderSupervisor(name: RegExp): Inject {
  return async ({ platform }) => {
    const supervisor = readRunning(platform.state.path("run", "supervisor.json"))?.pid ?? 0;
    const attempt = async () => {
      const found = processTree(supervisor).find(
        (found) => found.pid !== supervisor && name.test(found.name),
      );
      return found !== undefined && kill(found.pid);
    };
    return eventually(attempt, Boolean);
  };
}
