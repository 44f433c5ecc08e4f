/** The platform on a cluster that exists already: looked at first, and refused whole if it does not fit. */
import * as pulumi from "@pulumi/pulumi";
import { metalLbClass } from "../components/catalogue/labels.ts";
import { refuse } from "../components/config.ts";
import {
  kubeconfigAt,
  MetalLb,
  NodePool,
  onpremCluster,
  readInventory,
  type SitePlan,
  siteProblems,
  siteStorageClass,
  siteWarnings,
} from "../components/index.ts";
import type { OnpremStack, StackSecrets } from "./config.ts";
import type { StackOutputs } from "./outputs.ts";
import { platform } from "./platform.ts";

export async function onprem(config: OnpremStack, secrets: StackSecrets = {}): Promise<StackOutputs> {
  const { kubeconfig, source } = await accessOf(config, secrets);
  const inventory = await readInventory(source);
  const plan = sitePlan(config);
  refuse(`stack, compared with the cluster at ${inventory.server}`, siteProblems(plan, inventory));
  for (const warning of siteWarnings(plan, inventory)) void pulumi.log.warn(warning);

  const { context, distribution, domainLabels, chartMirror, loadBalancer, schedulers } = config;
  const metalLb = loadBalancer && "addresses" in loadBalancer ? loadBalancer : undefined;
  const givenClass = loadBalancer && "class" in loadBalancer ? loadBalancer.class : undefined;
  const cluster = onpremCluster("onprem", {
    kubeconfig,
    context,
    inventory,
    distribution,
    domainLabels,
    chartMirror,
    schedulers,
    diskClass: siteStorageClass(plan, inventory)?.name ?? "",
    loadBalancerClass: metalLb ? metalLbClass : givenClass,
  });
  if (metalLb) new MetalLb("metallb", { cluster, ...metalLb });
  const pools = config.pools.map(({ name, ...pool }) => new NodePool(name, { cluster, ...pool }));
  return platform(cluster, pools, config, secrets);
}

/** The file is known to the state by its path, the secret as a secret; both are read here to look first. */
async function accessOf({ kubeconfig: path, context }: OnpremStack, { kubeconfig: secret }: StackSecrets) {
  if ((path === undefined) === (secret === undefined)) {
    refuse("stack", [
      {
        path: ["kubeconfig"],
        given: path === undefined ? "nothing" : "a path, and the secret plinth:kubeconfig as well",
        allowed: "a path here, or the content as the secret plinth:kubeconfig",
        remedy: "set one: pulumi config set --secret plinth:kubeconfig < FILE keeps the content encrypted",
      },
    ]);
  }
  if (secret === undefined) return { kubeconfig: path ?? "", source: kubeconfigAt(path ?? "", context) };
  const text = await new Promise<string>((resolve) => void secret.apply(resolve));
  return { kubeconfig: secret, source: { text, context } };
}

/** What of the configuration a cluster can fail. */
export function sitePlan(config: OnpremStack): SitePlan {
  const { storage, loadBalancer } = config;
  return {
    pools: config.pools,
    charts: [
      config.queueing.backend,
      ...config.training.controllers,
      "gpuOperator",
      ...(config.pools.some(({ sharing }) => sharing.mode === "dra") ? (["draDriver"] as const) : []),
      ...(loadBalancer && "addresses" in loadBalancer ? (["metallb"] as const) : []),
    ],
    distribution: config.distribution,
    storageClass: storage.class,
    disksEverywhere: storage.everywhere,
    enforcesPolicies: config.networkPolicies === "enforced",
    topology: Object.fromEntries(
      Object.entries(config.domainLabels).flatMap(([domain, label]) => (label ? [[domain, label]] : [])),
    ),
  };
}
