import type { CoreV1Event, V1Job, V1Pod, V1PodSpec } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  allowed,
  attemptsOn,
  notRefused,
  type ServedResource,
  servedResources,
} from "../support/api-attempts.ts";
import { accelerator, acceleratorsPerNode, gangJob } from "../support/gangs.ts";
import { eventually, TestPlatform } from "../support/platform.ts";
import { Scenario, unseen } from "../support/scenario.ts";
import { gang, gates, onHost, queuedJob, strayPod } from "../support/stray-pods.ts";
import { TeamClient } from "../support/team-client.ts";
import { memberRights, selfReviews } from "../support/team-rights.ts";

const platform = new TestPlatform();
const teams = ["red", "blue", "gold"] as const;
const accounts = ["member", "workload"] as const;
/** By namespace and account. */
const clients = new Map<string, TeamClient>();
let resources: ServedResource[] = [];
let namespaces: string[] = [];

beforeAll(async () => {
  const stackFile = platform.stackFile({
    environment: "local",
    pools: [{ name: "h100", accelerator, nodes: 2, acceleratorsPerNode }],
    queueing: { cohorts: ["platform"] },
    teams: teams.map((name, index) => ({
      name,
      costCenter: "cc-1",
      cohort: "platform",
      quotas: [{ pool: "h100", accelerators: index === 0 ? 16 : 0 }],
    })),
  });
  await platform.must("up", "--stack-file", stackFile, "--json");
  for (const team of teams) {
    for (const account of accounts) {
      clients.set(`${team}/${account}`, await TeamClient.of(platform, team, account));
    }
  }
  resources = await servedResources(platform.api);
  const found = await platform.api.list<{ metadata: { name: string } }>("/api/v1/namespaces");
  namespaces = found.map(({ metadata }) => metadata.name).sort();
});

afterAll(async () => {
  for (const client of clients.values()) client.close();
  await platform.remove();
});

const identities = teams.flatMap((team) => accounts.map((account) => ({ team, account })));

function clientOf(team: string, account = "member"): TeamClient {
  const client = clients.get(`${team}/${account}`);
  if (!client) throw new Error(`no client for ${team}/${account}`);
  return client;
}

describe("what credentials of a team reach", () => {
  test("discovery finds what must be tried", () => {
    const names = resources.map(({ group, name }) => (group === "" ? name : `${name}.${group}`));
    expect(names).toEqual(
      expect.arrayContaining(["pods/exec", "secrets", "localqueues.kueue.x-k8s.io", "serviceaccounts/token"]),
    );
    expect(namespaces).toEqual(
      [...teams, "default", "kube-node-lease", "kube-public", "kube-system", "kueue-system"].sort(),
    );
  });

  test.each(identities)("$team/$account: nothing in any other namespace", async ({ team, account }) => {
    const kinds = resources.filter(({ namespaced }) => namespaced);
    const others = namespaces.filter((namespace) => namespace !== team);
    let tried = 0;
    for (const namespace of others) {
      const attempts = kinds.flatMap((kind) => attemptsOn(kind, namespace));
      expect(await notRefused(clientOf(team, account), attempts)).toEqual([]);
      tried += attempts.length;
    }
    const verbs = kinds
      .map(({ name }) => (name.includes("/") ? 5 : 8))
      .reduce((sum, count) => sum + count, 0);
    expect(tried, "requests that were refused").toBe(others.length * verbs);
    expect(tried).toBeGreaterThan(3000);
  });

  test.each(identities)(
    "$team/$account: nothing across all namespaces, nothing of the cluster",
    async ({ team, account }) => {
      const attempts = resources.flatMap((kind) =>
        // What is in a namespace can be listed, watched and cleared for all of them.
        attemptsOn(kind).filter(({ verb, resource }) => !resource.namespaced || isCollective(verb, resource)),
      );
      expect(attempts.length).toBeGreaterThan(500);
      expect(await allowed(clientOf(team, account), attempts)).toEqual(selfReviews);
    },
  );

  test.each(identities)("$team/$account: exactly these rights at home", async ({ team, account }) => {
    const attempts = resources
      .filter(({ namespaced }) => namespaced)
      .flatMap((kind) => attemptsOn(kind, team, "dryRun=All"));
    const rights = account === "member" ? memberRights : {};
    const want = Object.entries(rights).flatMap(([kind, verbs]) => verbs.map((verb) => `${verb} ${kind}`));
    expect(await allowed(clientOf(team, account), attempts)).toEqual(want.sort());
  });

  test.each<{ case: string; headers: Record<string, string> }>([
    {
      case: "an administrator",
      headers: { "impersonate-user": "admin", "impersonate-group": "system:masters" },
    },
    { case: "another team", headers: { "impersonate-user": "system:serviceaccount:blue:member" } },
  ])("nobody can act as $case", async ({ headers }) => {
    const answer = await clientOf("red").send("GET", "/api/v1/namespaces/blue/pods", undefined, headers);
    expect(answer.status).toBe(403);
    expect(answer.body.message).toContain('User "system:serviceaccount:red:member" cannot impersonate');
  });

  test("a team cannot relabel its namespace", async () => {
    const body = { metadata: { labels: { "plinth.dev/team": null, "plinth.dev/system": "true" } } };
    const answer = await clientOf("red").send("PATCH", "/api/v1/namespaces/red", body);
    expect([answer.status, answer.body.message]).toEqual([
      403,
      'namespaces "red" is forbidden: User "system:serviceaccount:red:member" cannot patch resource ' +
        '"namespaces" in API group "" in the namespace "red"',
    ]);
  });
});

function isCollective(verb: string, { name }: ServedResource): boolean {
  return !name.includes("/") && ["list", "watch", "deletecollection"].includes(verb);
}

const pods = "/api/v1/namespaces/red/pods";
const jobs = "/apis/batch/v1/namespaces/red/jobs";

describe("ways past the queue", () => {
  const gated =
    'Pod "p" is invalid: spec.nodeName: Forbidden: ' +
    "cannot be set until all schedulingGates have been cleared";
  const usesHostPath = 'uses restricted volume type "hostPath"';
  const podSecurity = 'pods "p" is forbidden: violates PodSecurity "restricted:latest": ';

  test.each<{ case: string; spec: Partial<V1PodSpec>; want: string }>([
    { case: "the host node by name", spec: { nodeName: "host" }, want: gated },
    { case: "a GPU node by name", spec: { nodeName: "h100-0" }, want: gated },
    {
      case: "the machine's files",
      spec: { volumes: [{ name: "shared-memory", hostPath: { path: "/" } }] },
      want: `${podSecurity}restricted volume types (volume "shared-memory" ${usesHostPath})`,
    },
    {
      case: "the machine's network",
      spec: { hostNetwork: true },
      want: `${podSecurity}host namespaces (hostNetwork=true)`,
    },
    {
      case: "root",
      spec: {
        securityContext: { runAsNonRoot: true, runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } },
      },
      want: `${podSecurity}runAsUser=0 (pod must not set runAsUser=0)`,
    },
  ])("a pod that asks for $case is refused", async ({ spec, want }) => {
    const answer = await clientOf("red").send("POST", pods, strayPod("p", spec));
    expect(answer.body.message).toBe(want);
  });

  test("a privileged container is refused", async () => {
    const pod = strayPod("p");
    const containers = pod.spec.containers.map((container) => ({
      ...container,
      securityContext: { privileged: true },
    }));
    const answer = await clientOf("red").send("POST", pods, strayPod("p", { containers }));
    expect(answer.body.message).toBe(
      'Pod "p" is invalid: spec.containers[0].securityContext.privileged: Forbidden: ' +
        "disallowed by cluster policy",
    );
  });

  test.each([
    { case: "a GPU node", name: "to-gpu", spec: {} },
    { case: "the host node", name: "to-host", spec: onHost },
  ])(
    "a pod for $case without a queue stays gated, and its team cannot lift the gates",
    async ({ name, spec }) => {
      const red = clientOf("red");
      await red.must("POST", pods, strayPod(name, spec));
      expect(await kueueSays(name)).toBe("LocalQueue  doesn't exist");
      const lifted = await red.send("PATCH", `${pods}/${name}`, { spec: { schedulingGates: [] } });
      expect(lifted.status).toBe(403);
      const stored = await platform.api.get<V1Pod>(`${pods}/${name}`);
      expect([stored.spec?.schedulingGates, stored.spec?.nodeName]).toEqual([gates, undefined]);
    },
  );

  test("a Deployment without a queue gets gated pods", async () => {
    const { spec } = strayPod("x", { restartPolicy: "Always" });
    const labels = { app: "stray" };
    await clientOf("red").must("POST", "/apis/apps/v1/namespaces/red/deployments", {
      metadata: { name: "stray" },
      spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    });
    const made = await eventually(
      () => platform.api.list<V1Pod>(`${pods}?labelSelector=app%3Dstray`),
      (found) => found.length === 1,
    );
    expect(made.map((pod) => [pod.spec?.schedulingGates, pod.spec?.nodeName])).toEqual([[gates, undefined]]);
  });

  test("a queued job that selects the host node is never admitted", async () => {
    await clientOf("red").must("POST", jobs, queuedJob("host-job", onHost));
    expect(await kueueSays("host-job")).toBe(
      "couldn't assign flavors to pod set main: topology \"default\" doesn't allow to fit any of 1 pod(s). " +
        "Total nodes: 2; excluded: nodeSelector: 2",
    );
  });

  test.each([{ node: "host" }, { node: "h100-1" }])(
    "a queued job that names $node gets no pod",
    async ({ node }) => {
      await clientOf("red").must("POST", jobs, queuedJob(`at-${node}`, { nodeName: node }));
      const events = await eventually(
        () => platform.api.list<CoreV1Event>("/api/v1/namespaces/red/events"),
        (found) => found.some((event) => isFailureOf(`at-${node}`, event)),
      );
      const [refusal] = events.filter((event) => isFailureOf(`at-${node}`, event));
      expect(refusal?.message).toContain("spec.nodeName: Forbidden: cannot be set until all schedulingGates");
      await clientOf("red").send("DELETE", `${jobs}/at-${node}?propagationPolicy=Background`);
    },
  );

  test("a waiting job that its team releases is held back again", async () => {
    const red = clientOf("red");
    await red.must("POST", jobs, gangJob({ ...gang, name: "released", pool: "nowhere" }));
    await kueueSays("released");
    await red.must("PATCH", `${jobs}/released`, { spec: { suspend: false } });
    const isHeld = ({ spec, status }: V1Job) => spec?.suspend === true && (status?.active ?? 0) === 0;
    await eventually(() => platform.api.get<V1Job>(`${jobs}/released`), isHeld);
  });

  test("a pod that names a waiting job as its owner is refused", async () => {
    const red = clientOf("red");
    const job = gangJob({ ...gang, name: "owner", pool: "nowhere" });
    const { metadata } = await red.must<V1Job>("POST", jobs, job);
    const kind = { apiVersion: "batch/v1", kind: "Job" };
    const owner = { ...kind, name: "owner", uid: metadata?.uid ?? "", controller: true };
    const answer = await red.send("POST", pods, strayPod("owned", {}, [owner]));
    expect(answer.body.message).toBe(
      "pods \"owned\" is forbidden: ValidatingAdmissionPolicy 'teams.plinth.dev' " +
        "with binding 'teams.plinth.dev' denied request: " +
        "only a controller may create what it controls; leave out metadata.ownerReferences",
    );
    const jobToo = { ...job, metadata: { ...job.metadata, name: "owned", ownerReferences: [owner] } };
    expect((await red.send("POST", jobs, jobToo)).body.message).toContain("only a controller may create");
    const adopted = { metadata: { ownerReferences: [owner] } };
    await red.must("POST", jobs, gangJob({ ...gang, name: "later", pool: "nowhere" }));
    const late = await red.send("PATCH", `${jobs}/later`, adopted);
    expect(late.body.message).toContain("only a controller may create");
  });

  test("a token that never expires is refused for every account", async () => {
    for (const account of ["default", ...accounts]) {
      const answer = await clientOf("red").send("POST", "/api/v1/namespaces/red/secrets", {
        metadata: { name: "token", annotations: { "kubernetes.io/service-account.name": account } },
        type: "kubernetes.io/service-account-token",
      });
      expect(answer.body.message).toContain("tokens that never expire are not given");
    }
  });

  test("outside the teams' namespaces, too, the host node is the platform's alone", async () => {
    const pod = strayPod("intruder", { nodeName: "host", serviceAccountName: "default", ...onHost });
    await expect(platform.api.create("/api/v1/namespaces/default/pods", pod)).rejects.toThrow(
      "only pods of namespaces labelled plinth.dev/system=true may run on the node host",
    );
  });
});

/** Kueue's word about the one job or pod of this name, once it has said it. */
function kueueSays(name: string): Promise<string> {
  const scenario = new Scenario(platform, clients, "h100");
  return eventually(
    () => scenario.stateOf("red", name),
    (state) => state !== unseen,
  );
}

function isFailureOf(job: string, { reason, involvedObject }: CoreV1Event): boolean {
  return reason === "FailedCreate" && involvedObject.name === job;
}
