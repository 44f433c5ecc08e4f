/** A view that follows a server which lists and then reports changes, as an API server does. */
import { expect, test, vi } from "vitest";
import { ClusterView } from "../../../embedded/scheduler-extender/cluster-view.ts";
import { followCluster } from "../../../embedded/scheduler-extender/follow-cluster.ts";
import { httpsServer } from "../../support/https-server.ts";

const node = (name: string) => ({ metadata: { name }, status: { allocatable: { cpu: "8" } } });

test("what is listed is there at once; what comes and goes follows", async () => {
  const events = [
    { type: "ADDED", object: node("new") },
    { type: "DELETED", object: node("old") },
  ];
  const { api, requests } = await httpsServer(({ url }, response) => {
    const isNodes = url.startsWith("/api/v1/nodes");
    if (!url.includes("watch=1")) {
      const items = isNodes ? [node("old")] : [];
      response.end(JSON.stringify({ metadata: { resourceVersion: "7" }, items }));
    } else if (isNodes) response.write(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
    else response.flushHeaders();
  });
  const view = new ClusterView();
  const stopped = new AbortController();
  await followCluster(api, view, stopped.signal);
  expect(view.freeNode("old") ?? view.freeNode("new")).toMatchObject({ cpuMilli: 8000 });
  await vi.waitFor(() => expect(view.freeNode("new")).toMatchObject({ cpuMilli: 8000 }));
  expect(view.freeNode("old")).toBeUndefined();
  stopped.abort();
  expect(
    requests
      .filter(({ url }) => !url.includes("watch=1"))
      .map(({ url }) => url)
      .toSorted(),
  ).toEqual([
    "/api/v1/nodes",
    "/api/v1/pods",
    "/apis/resource.k8s.io/v1/deviceclasses",
    "/apis/resource.k8s.io/v1/resourceclaims",
    "/apis/resource.k8s.io/v1/resourceslices",
  ]);
});
