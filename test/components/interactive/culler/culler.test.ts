/** Which notebooks a round stops, with an API server and Jupyter servers of its own. */
import { expect, test } from "vitest";
import { Culler } from "../../../../components/interactive/culler/culler.ts";
import type { Activity } from "../../../../components/interactive/culler/idleness.ts";

const noon = Date.parse("2026-11-21T12:00:00Z");
const at = (minutesBefore: number) => new Date(noon - minutesBefore * 60_000).toISOString();

const idle: Activity = {
  status: { started: at(600) },
  kernels: [{ last_activity: at(61), execution_state: "idle" }],
  terminals: [],
};

function makeNotebook(more: { annotations?: object; replicas?: number; ready?: number } = {}) {
  const { annotations = {}, replicas = 1, ready = 1 } = more;
  return {
    metadata: {
      uid: "u1",
      namespace: "research",
      name: "lab",
      resourceVersion: "7",
      annotations: { "plinth.dev/cull-after-idle-minutes": "60", ...annotations },
    },
    spec: { replicas },
    status: { readyReplicas: ready },
  };
}

function makeCuller(rounds: { notebook?: object; answer?: Activity | Error }[]) {
  const asked: object[] = [];
  const patches: object[] = [];
  const lines: string[] = [];
  let round = -1;
  const culler = new Culler({
    kube: {
      get: async (path) => {
        if (path.includes("/secrets/")) return { data: { token: "c2VjcmV0" } } as never;
        round += 1;
        return { items: [rounds[round]?.notebook ?? makeNotebook()] } as never;
      },
      patch: async (path, body) => void patches.push({ path, body }),
    },
    ask: async (server) => {
      asked.push(server);
      const answer = rounds[round]?.answer ?? idle;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    now: () => noon,
    log: (line) => lines.push(line),
  });
  return {
    asked,
    patches,
    lines,
    run: () => rounds.reduce((done) => done.then(() => culler.round()), Promise.resolve()),
  };
}

const path = "/apis/apps/v1/namespaces/research/statefulsets/lab";

test("an idle one is stopped in one write, which a change meanwhile makes void", async () => {
  const { asked, patches, lines, run } = makeCuller([{}]);
  await run();
  expect(asked).toEqual([{ address: "lab.research.svc:8888", token: "secret" }]);
  expect(patches).toEqual([
    {
      path,
      body: {
        metadata: {
          resourceVersion: "7",
          annotations: { "plinth.dev/culled-at": "2026-11-21T12:00:00.000Z" },
        },
        spec: { replicas: 0 },
      },
    },
  ]);
  expect(lines).toEqual(["research/lab is stopped: nobody used it for 61 minutes"]);
});

test.each([
  { case: "used within its time", rounds: [{ answer: { ...idle, terminals: [{ last_activity: at(59) }] } }] },
  { case: "already stopped", rounds: [{ notebook: makeNotebook({ replicas: 0 }) }] },
  { case: "waiting in the queue, or starting", rounds: [{ notebook: makeNotebook({ ready: 0 }) }] },
  {
    case: "nothing open, at the first look",
    rounds: [{ answer: { ...idle, kernels: [] } }, { answer: { ...idle, kernels: [] } }],
  },
  {
    case: "started again since it was last seen idle",
    rounds: [
      { answer: { ...idle, kernels: [{ last_activity: at(59), execution_state: "idle" }] } },
      { notebook: makeNotebook({ ready: 0 }) },
      { answer: { ...idle, kernels: [] } },
    ],
  },
])("left running: $case", async ({ rounds }) => {
  const { patches, lines, run } = makeCuller(rounds);
  await run();
  expect({ patches, lines }).toEqual({ patches: [], lines: [] });
});

test.each([
  {
    case: "that cannot be asked",
    row: { answer: new Error("connect ECONNREFUSED") },
    want: "connect ECONNREFUSED",
  },
  {
    case: "that says no time",
    row: { notebook: makeNotebook({ annotations: { "plinth.dev/cull-after-idle-minutes": "soon" } }) },
    want: "it does not say after how many minutes",
  },
])("left running, and told: one $case", async ({ row, want }) => {
  const { patches, lines, run } = makeCuller([row]);
  await run();
  expect({ patches, lines }).toEqual({ patches: [], lines: [`research/lab is left running: ${want}`] });
});

test("one that runs again no longer says that it was stopped for being idle", async () => {
  const notebook = makeNotebook({ annotations: { "plinth.dev/culled-at": at(5) } });
  const { patches, run } = makeCuller([{ notebook, answer: { ...idle, status: { started: at(1) } } }]);
  await run();
  expect(patches).toEqual([{ path, body: { metadata: { annotations: { "plinth.dev/culled-at": null } } } }]);
});

test("of many notebooks some are asked at once, and all in the end", async () => {
  let open = 0;
  let most = 0;
  const asked = new Set<string>();
  const items = Array.from({ length: 120 }, (_, index) => {
    const notebook = makeNotebook();
    return { ...notebook, metadata: { ...notebook.metadata, uid: `u${index}`, name: `lab-${index}` } };
  });
  const culler = new Culler({
    kube: {
      get: async (path) => (path.includes("/secrets/") ? {} : { items }) as never,
      patch: async () => {},
    },
    ask: async ({ address }) => {
      open += 1;
      most = Math.max(most, open);
      asked.add(address);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      return idle;
    },
    now: () => noon,
    log: () => undefined,
  });
  await culler.round();
  expect([asked.size, most]).toEqual([120, 50]);
});
