import { expect, test } from "vitest";
import { configError } from "../../../components/config.ts";
import { Notebook, type NotebookArgs, NotebookCulling } from "../../../components/index.ts";
import { placeholder as image, makeClaimed, makePartitioned, makePlatform } from "../../support/builders.ts";
import { record } from "../../support/record.ts";
import { queueDependencies } from "../../support/training.ts";

type Choices = Omit<NotebookArgs, "cluster" | "queue" | "priorityClasses" | "culling">;

const valid: Choices = { owner: "ada@example.com", accelerators: 2, image };

async function build(choices: Choices, platform = makePlatform as typeof makePartitioned) {
  let notebook: Notebook | undefined;
  const resources = await record(() => {
    const { cluster, queue, priorityClasses } = platform();
    const culling = new NotebookCulling("culling", { cluster });
    notebook = new Notebook("lab", { ...choices, cluster, queue, priorityClasses, culling });
  });
  const own = resources.filter(({ parent }) => parent === "plinth:interactive:Notebook lab");
  return { notebook, own, of: (kind: string) => own.find(({ type }) => type.endsWith(`:${kind}`)) };
}

function refusal(
  choices: Choices,
  want: Parameters<typeof configError>[1],
  platform = makePlatform as typeof makePartitioned,
) {
  return record(() => {
    const { cluster, queue, priorityClasses } = platform();
    const culling = new NotebookCulling("culling", { cluster });
    const make = () => new Notebook("lab", { ...choices, cluster, queue, priorityClasses, culling });
    expect(make).toThrow(configError('Notebook "lab"', want).message);
  });
}

test("its objects, all in the team's namespace", async () => {
  const { own } = await build(valid);
  expect(
    own
      .map(({ type, inputs }) => {
        const { namespace, name } = inputs.metadata as { namespace: string; name: string };
        return `${type.split(":")[2]} ${namespace}/${name}`;
      })
      .sort(),
  ).toEqual([
    "NetworkPolicy research/notebook-lab",
    "PersistentVolumeClaim research/lab-home-h100",
    "Role research/notebook-lab-culler",
    "Role research/notebook-lab-owner",
    "RoleBinding research/notebook-lab-culler",
    "RoleBinding research/notebook-lab-owner",
    "Secret research/lab-token",
    "Service research/lab",
    "StatefulSet research/lab",
  ]);
});

test("it comes after its queue and nodes; another spec is another start (F62, F64, F122)", async () => {
  const { of } = await build(valid);
  const server = of("StatefulSet");
  expect(server).toMatchObject({
    deleteBeforeReplace: true,
    replaceOnChanges: ["spec", 'metadata.labels["kueue.x-k8s.io/queue-name"]'],
  });
  const beside = server?.dependsOn.filter((name) => !queueDependencies.includes(name));
  expect(beside).toEqual(
    expect.arrayContaining(["culling", "lab", "lab-home-h100", "lab-token", "lab-owner", "lab-culler"]),
  );
  expect(server?.dependsOn).toEqual(expect.arrayContaining(queueDependencies));
});

test("two accelerators and what goes with them", async () => {
  const { of, notebook } = await build(valid);
  expect(of("StatefulSet")?.inputs.spec).toMatchObject({
    template: {
      spec: {
        containers: [{ resources: { limits: { cpu: "46", memory: "510Gi", "nvidia.com/gpu": "2" } } }],
        volumes: [{ emptyDir: { sizeLimit: "127Gi" } }, {}],
      },
    },
  });
  expect(notebook).toMatchObject({
    accelerators: 2,
    owner: "ada@example.com",
    notebook: { namespace: "research", name: "lab" },
    token: { namespace: "research", name: "lab-token" },
  });
});

test.each([
  { case: "with accelerators", accelerators: 1, want: "nvidia" },
  { case: "without", accelerators: 0, want: undefined },
])("the runtime class of its pool: $case", async ({ accelerators, want }) => {
  const { of } = await build({ ...valid, accelerators }, () => {
    const made = makePlatform();
    return { ...made, queue: { ...made.queue, pool: { ...made.queue.pool, runtimeClass: "nvidia" } } };
  });
  const found = of("StatefulSet");
  expect(found?.inputs.spec).toMatchObject({ template: { spec: { serviceAccountName: "workload" } } });
  expect(JSON.stringify(found?.inputs.spec).match(/"runtimeClassName":"(\w+)"/)?.[1]).toBe(want);
});

test("none, and the size of a small machine", async () => {
  const { of } = await build({ owner: "ada", image });
  expect(of("StatefulSet")?.inputs.spec).toMatchObject({
    template: { spec: { containers: [{ resources: { limits: { cpu: "2", memory: "8Gi" } } }] } },
  });
});

test("a slice of its own", async () => {
  const { of } = await build({ ...valid, accelerators: 1, profile: "3g.40gb" }, makePartitioned);
  expect(of("StatefulSet")?.inputs.spec).toMatchObject({
    template: { spec: { containers: [{ resources: { limits: { "nvidia.com/mig-3g.40gb": "1" } } }] } },
  });
});

test("a disk is kept unless it is said to go", async () => {
  expect((await build(valid)).of("PersistentVolumeClaim")?.retainOnDelete).toBe(true);
  const { of } = await build({ ...valid, keepStorage: false, storageGiB: 50 });
  expect(of("PersistentVolumeClaim")).toMatchObject({
    retainOnDelete: false,
    inputs: { spec: { storageClassName: "simulated", resources: { requests: { storage: "50Gi" } } } },
  });
});

test("the token is made once, encrypted in the state, and never the same (F96)", async () => {
  const [first, second] = [(await build(valid)).of("Secret"), (await build(valid)).of("Secret")];
  expect(first?.ignoreChanges).toEqual(["data"]);
  const data = (secret: typeof first) => JSON.stringify(secret?.inputs.data);
  expect(data(first)).not.toEqual(data(second));
  // What pulumi.secret marks: the engine encrypts it wherever it stores it.
  expect(data(first)).toContain("1b47061264138c4ac30d75fd1eb44270");
});

test("refused: every field that is wrong, at once", async () => {
  const wrong = { owner: "system:admin", accelerators: 17, image: "jupyter:latest", cullAfterIdleMinutes: 1 };
  await refusal(wrong, [
    {
      path: ["owner"],
      given: '"system:admin"',
      allowed: "a user as the cluster's login names people; not system:*",
      remedy: "write it in the allowed form",
    },
    { path: ["accelerators"], given: "17", allowed: "at most 16", remedy: "lower it to 16" },
    {
      path: ["image"],
      given: '"jupyter:latest"',
      allowed: "an image reference with a digest: name:tag@sha256:<64 hex digits>",
      remedy: "write it in the allowed form",
    },
    { path: ["cullAfterIdleMinutes"], given: "1", allowed: "at least 5", remedy: "raise it to 5" },
  ]);
});

test("refused: a slice of which the team has no quota", async () => {
  const want = {
    path: ["profile"],
    given: '"2g.20gb"',
    allowed: "what the team has a quota of: 1g.10gb, 3g.40gb",
    remedy: "choose one of these, or give the team such a quota",
  };
  await refusal({ ...valid, accelerators: 1, profile: "2g.20gb" }, [want], makePartitioned);
});

test("refused: more than a node has (F40)", async () => {
  const want = {
    path: ["accelerators"],
    given: "9",
    allowed: "0 to 8, the accelerators of a node of pool h100",
    remedy: "lower it to 8, or choose another pool",
  };
  await refusal({ ...valid, accelerators: 9 }, [want]);
});

test.each(["whole", "partitions", "shares"] as const)("refused: claims on %s", async (devices) => {
  const want = {
    path: ["accelerators"],
    given: "1",
    allowed: "0 in pool claimed, whose devices are claimed: notebooks bring no claims",
    remedy: "lower it to 0, or choose a pool that is not of mode dra",
  };
  await refusal({ ...valid, accelerators: 1 }, [want], () => makeClaimed(devices));
});

test("in a pool of claims it may do without accelerators", async () => {
  const { of } = await build({ owner: "ada@example.com", accelerators: 0, image }, () =>
    makeClaimed("shares"),
  );
  const requests = { cpu: "2", memory: "8Gi" };
  expect(of("StatefulSet")?.inputs).toMatchObject({
    spec: { template: { spec: { containers: [{ resources: { requests } }] } } },
  });
});
