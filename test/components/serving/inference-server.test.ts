import { expect, test } from "vitest";
import { configError } from "../../../components/config.ts";
import { type Cluster, InferenceServer, type InferenceServerArgs } from "../../../components/index.ts";
import { makeClaimed, makePartitioned, makePlatform } from "../../support/builders.ts";
import { record } from "../../support/record.ts";
import { queueDependencies } from "../../support/training.ts";

type Choices = Omit<InferenceServerArgs, "cluster" | "team" | "accelerated">;

interface Around {
  readonly accelerated?: boolean;
  readonly differently?: Partial<Cluster>;
  readonly platform?: () => ReturnType<typeof makePartitioned>;
}

const image = `registry.example/runtime@sha256:${"0".repeat(64)}`;
const small = "meta-llama/Llama-3.2-1B-Instruct" as const;
const hash = "f".repeat(64);

function make(choices: Choices, { accelerated = false, differently = {}, platform = makePlatform }: Around) {
  const { cluster, team, queue, priorityClasses } = platform();
  return new InferenceServer("chat", {
    ...choices,
    cluster: { ...cluster, ...differently },
    team,
    ...(accelerated && { accelerated: { queue, priorityClasses } }),
  });
}

async function build(choices: Choices = {}, around: Around = {}) {
  let server: InferenceServer | undefined;
  const resources = await record(() => {
    server = make(choices, around);
  });
  const own = resources.filter(({ parent }) => parent === "plinth:serving:InferenceServer chat");
  return { server, own, of: (kind: string) => own.find(({ type }) => type.endsWith(`:${kind}`)) };
}

function refusal(choices: Choices, around: Around, want: Parameters<typeof configError>[1]) {
  return record(() => {
    expect(() => make(choices, around)).toThrow(configError('InferenceServer "chat"', want).message);
  });
}

const titles = (own: Awaited<ReturnType<typeof build>>["own"]) =>
  own.map(({ type, inputs }) => {
    const { namespace, name } = inputs.metadata as { namespace?: string; name: string };
    const told = name.replace(/-[0-9a-f]{10}$/, "-<digest>");
    return `${type.split(":")[2]} ${namespace === undefined ? "" : `${namespace}/`}${told}`;
  });

test("on the processor: a namespace of the platform's own, where the checkout's runtime runs", async () => {
  const { own, of, server } = await build();
  expect(titles(own).sort()).toEqual([
    "ConfigMap chat-inference-system/chat-<digest>",
    "Deployment chat-inference-system/chat",
    "Namespace chat-inference-system",
    "NetworkPolicy chat-inference-system/chat",
    "Service chat-inference-system/chat",
  ]);
  expect(of("Namespace")?.inputs.metadata).toMatchObject({
    labels: { "plinth.dev/system": "true", "pod-security.kubernetes.io/enforce": "restricted" },
  });
  const deployment = of("Deployment");
  // Namespace's policy, Service and settings.
  expect(deployment?.dependsOn).toEqual(["chat", "chat", "chat"]);
  expect(deployment?.inputs).toMatchObject({
    metadata: { labels: { "plinth.dev/team": "research", "plinth.dev/cost-center": "cc-1" } },
    spec: {
      template: {
        spec: {
          nodeSelector: { "plinth.dev/host": "true" },
          containers: [
            {
              image: "plinth.dev/runtime:0.1.0",
              resources: { requests: { cpu: "2" }, limits: { cpu: "3", memory: "1798Mi" } },
              env: [{ name: "POD_IP" }],
            },
          ],
        },
      },
    },
  });
  expect(server?.server).toEqual({ namespace: "chat-inference-system", name: "chat" });
  expect(server?.url).toBe("http://chat.chat-inference-system.svc:8000/v1");
});

test("several replicas are not drained together; what is served may have its own name", async () => {
  const { of } = await build({ replicas: 3, servedName: "tiny", kvCacheMiB: 64, cpuCores: 1 });
  expect(of("PodDisruptionBudget")?.inputs.spec).toMatchObject({ maxUnavailable: 1 });
  const data = of("ConfigMap")?.inputs.data as Record<string, string> | undefined;
  expect(JSON.parse(data?.["settings.json"] ?? "")).toMatchObject({
    engine: { threads: 1, kvCacheMiB: 64, sequenceTokens: 512 },
    server: { models: ["tiny"] },
    isOpen: true,
  });
});

test("hashes of keys are a secret, and stand in nothing else", async () => {
  const { of, own } = await build({ keys: [{ name: "ci", sha256: [hash] }] });
  const secret = of("Secret");
  expect(titles(secret ? [secret] : [])).toEqual(["Secret chat-inference-system/chat-keys-<digest>"]);
  expect([secret, of("ConfigMap")].map((object) => object?.inputs.immutable)).toEqual([true, true]);
  const data = secret?.inputs.data as { value: Record<string, string> } | undefined;
  // The mark by which the engine knows what to encrypt.
  expect(Object.keys(data ?? {})).toEqual(["4dabf18193072939515e22adb298388d", "value"]);
  expect(JSON.parse(Buffer.from(data?.value["keys.json"] ?? "", "base64").toString())).toEqual([
    { name: "ci", sha256: [hash], concurrency: 64, requestsPerMinute: 6000 },
  ]);
  const others = own.filter((resource) => resource !== secret);
  expect(others.filter(({ inputs }) => JSON.stringify(inputs).includes(hash))).toEqual([]);
  expect(of("Deployment")?.dependsOn).toContain("chat-keys");
});

test("on accelerators: in the team's namespace and queue, with all that goes with them", async () => {
  const { own, of } = await build(
    { model: small, image, tensor: 2, priority: "high" },
    { accelerated: true },
  );
  expect(titles(own).sort()).toEqual([
    "ConfigMap research/chat-<digest>",
    "Deployment research/chat",
    "Service research/chat",
  ]);
  const deployment = of("Deployment");
  expect(deployment?.inputs).toMatchObject({
    metadata: { labels: { "kueue.x-k8s.io/queue-name": "h100", "kueue.x-k8s.io/priority-class": "high" } },
    spec: {
      template: {
        metadata: { labels: { "plinth.dev/team": "research", "plinth.dev/cost-center": "cc-1" } },
        spec: {
          containers: [{ resources: { limits: { cpu: "46", memory: "510Gi", "nvidia.com/gpu": "2" } } }],
        },
      },
    },
  });
  expect(deployment?.dependsOn).toEqual(expect.arrayContaining(queueDependencies));
  expect(deployment?.replaceOnChanges).toEqual(['metadata.labels["kueue.x-k8s.io/queue-name"]']);
});

test("it starts within what its queue waits for, and elsewhere as the runtime does by itself", async () => {
  const start = async (choices: Choices, around?: Around) => {
    const data = (await build(choices, around)).of("ConfigMap")?.inputs.data as Record<string, string>;
    return JSON.parse(data["settings.json"] ?? "").engine.startSeconds;
  };
  expect(await start({ model: small, image }, { accelerated: true })).toBe(150);
  expect(await start({})).toBe(600);
  expect(await start({ startSeconds: 900 })).toBe(900);
  await refusal({ model: small, image, startSeconds: 600 }, { accelerated: true }, [
    {
      path: ["startSeconds"],
      given: "600",
      allowed: "at most 150: with 30 for its process, so long its queue waits for a pod",
      remedy: "raise queueing.podsReady.timeoutSeconds and recoverySeconds to 630, or lower it to 150",
    },
  ]);
});

test("a slice of its own", async () => {
  const choices = { model: small, image, profile: "3g.40gb" };
  const { of } = await build(choices, { accelerated: true, platform: makePartitioned });
  expect(of("Deployment")?.inputs.spec).toMatchObject({
    template: { spec: { containers: [{ resources: { limits: { "nvidia.com/mig-3g.40gb": "1" } } }] } },
  });
});

const elsewhere: Partial<Cluster> = {
  programImage: () => undefined,
  systemPlacement: { nodeSelector: { "plinth.dev/pool": "system" }, tolerations: [] },
  systemNode: undefined,
  sharesNetwork: false,
};

test("elsewhere: the image that is named, on the cluster's own nodes, listening to everybody", async () => {
  const { of } = await build({ model: small, image }, { differently: elsewhere });
  expect(of("Deployment")?.inputs.spec).toMatchObject({
    template: {
      spec: {
        nodeSelector: { "plinth.dev/pool": "system" },
        containers: [
          { image, args: ["--settings", "/etc/plinth/settings.json", "--host", "0.0.0.0", "--port", "8000"] },
        ],
      },
    },
  });
});

test("everything that is wrong is told at once", async () => {
  await refusal({ tensor: 2 }, { differently: elsewhere }, [
    {
      path: ["tensor"],
      given: "2",
      allowed: "nothing in a server without a pool",
      remedy: "remove it, or name a pool",
    },
    {
      path: ["image"],
      given: "nothing",
      allowed: "an image of the runtime with its digest: none is published",
      remedy:
        "build one with `npm run runtime -- image --to DIR --model MODEL`, and push it to your registry",
    },
    {
      path: [],
      given: "neither model nor config",
      allowed: "one of them",
      remedy: "name a model of the catalogue, or give the content of the checkpoint's config.json",
    },
  ]);
});

test("replicas for which there is no room while one more is there", async () => {
  await refusal({ cpuCores: 2, replicas: 3 }, {}, [
    {
      path: ["replicas"],
      given: "8 cores: chat 3 times 2, and 2 for one more while an update runs",
      allowed: "at most 6, which the platform's own programs leave",
      remedy: "lower replicas or cpuCores, here or of another server",
    },
  ]);
});

test("a model that the accelerators of its pool do not hold", async () => {
  const model = "meta-llama/Llama-3.1-70B-Instruct" as const;
  const { cluster, team, queue, priorityClasses } = await recorded();
  const args = { model, cluster, team, accelerated: { queue, priorityClasses } };
  expect(() => new InferenceServer("chat", args)).toThrow(/131\.4 GiB of weights[\s\S]*take 2 /);
});

test("more replicas than the team owns, and devices that are claimed", async () => {
  const { cluster, team, queue, priorityClasses } = await recorded();
  const args = { model: small, replicas: 17, cluster, team, accelerated: { queue, priorityClasses } };
  expect(() => new InferenceServer("chat", args)).toThrow(
    /replicas[\s\S]*16, what team research owns in pool h100/,
  );
  await record(() => {
    const claimed = makeClaimed("whole");
    const given = { queue: claimed.queue, priorityClasses: claimed.priorityClasses };
    const { cluster: other, team: owner } = claimed;
    const server = () =>
      new InferenceServer("chat", { model: small, cluster: other, team: owner, accelerated: given });
    expect(server).toThrow("whose pods claim devices");
  });
});

test("what its queue has no place for, as in a stack file", async () => {
  const { cluster, team, queue, priorityClasses } = await recorded();
  const { clusterQueue } = queue;
  const args = { model: small, cluster, team };
  const elsewhere = { ...queue, clusterQueue: { ...clusterQueue, backend: "volcano" as const } };
  const waiting = new Map<typeof queue, RegExp>([
    [elsewhere, /pool[\s\S]*a server on accelerators with backend "volcano"/],
    [withoutBorrowing(queue, 16), /17 in pool h100 at the height of a rollout of chat[\s\S]*16, what team/],
  ]);
  for (const [other, message] of waiting) {
    const accelerated = { queue: other, priorityClasses };
    expect(() => new InferenceServer("chat", { ...args, replicas: 16, accelerated })).toThrow(message);
  }
  await record(() => {
    expect(() => make({ model: small, image, profile: "2g.20gb" }, onSlices)).toThrow(
      /"2g.20gb"[\s\S]*a profile of which team research has a quota in pool slices: 1g.10gb, 3g.40gb/,
    );
  });
});

const onSlices: Around = { accelerated: true, platform: makePartitioned };

function withoutBorrowing(queue: ReturnType<typeof makePlatform>["queue"], accelerators: number) {
  const quotas = queue.clusterQueue.quotas.map((quota) => ({ ...quota, accelerators, borrowingLimit: 0 }));
  return { ...queue, clusterQueue: { ...queue.clusterQueue, quotas } };
}

async function recorded() {
  const made: { platform?: ReturnType<typeof makePlatform> } = {};
  await record(() => {
    made.platform = makePlatform();
  });
  if (!made.platform) throw new Error("a platform is made at once");
  return made.platform;
}
