import { expect, test } from "vitest";
import { ClusterView } from "../../../controllers/node-health/cluster-view.ts";
import { eventually } from "../../support/platform.ts";
import { watchedApi } from "../../support/watched-api.ts";

const node = (name: string, unschedulable = false) => ({ metadata: { name }, spec: { unschedulable } });
const pod = (name: string, phase: string) => ({
  metadata: { name, namespace: "research" },
  spec: { nodeName: "h100-0" },
  status: { phase },
});
const workloads = "/apis/kueue.x-k8s.io/v1beta2/workloads";

test("lists first, then follows; nothing is told before every kind was listed", async () => {
  const { api, requests, send } = await watchedApi({
    "/api/v1/nodes": [node("h100-0")],
    "/api/v1/pods": [pod("a", "Running"), pod("b", "Succeeded")],
    [workloads]: [{ metadata: { name: "w", namespace: "research" } }],
  });
  let changes = 0;
  const view = new ClusterView(() => {
    changes += 1;
  });
  expect(view.world).toBeUndefined();
  const stopping = new AbortController();
  const followed = view.follow(api, stopping.signal);
  const names = async () => {
    const { nodes = [], pods = [], workloads = [] } = view.world ?? {};
    return [...nodes, ...pods, ...workloads].map(({ name }) => name).join(" ");
  };
  await eventually(names, (found) => found === "h100-0 a w");
  expect(changes).toBe(3);
  const asked = () => requests.map(({ url }) => url.replace(/&?watch=1.*/, " watched"));
  await eventually(
    async () => asked().sort(),
    (urls) => urls.length === 6,
  );
  expect(asked().sort()).toEqual([
    "/api/v1/nodes",
    "/api/v1/nodes? watched",
    "/api/v1/pods?fieldSelector=spec.nodeName!%3D",
    "/api/v1/pods?fieldSelector=spec.nodeName!%3D watched",
    workloads,
    `${workloads}? watched`,
  ]);

  send("/api/v1/pods", "ADDED", pod("c", "Running"));
  await eventually(names, (found) => found === "h100-0 a c w");
  send("/api/v1/pods", "MODIFIED", pod("a", "Failed"));
  await eventually(names, (found) => found === "h100-0 c w");
  send("/api/v1/nodes", "MODIFIED", node("h100-0", true));
  await eventually(async () => view.world?.nodes[0]?.unschedulable, Boolean);
  send(workloads, "DELETED", { metadata: { name: "w", namespace: "research" } });
  await eventually(names, (found) => found === "h100-0 c");
  expect(changes).toBe(7);

  stopping.abort();
  await followed;
});
