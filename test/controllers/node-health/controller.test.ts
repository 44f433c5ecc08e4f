import { expect, test } from "vitest";
import { NodeHealthController } from "../../../controllers/node-health/controller.ts";
import { settings } from "../../support/health-world.ts";
import { eventually } from "../../support/platform.ts";
import { watchedApi } from "../../support/watched-api.ts";

const node = (status: string) => ({
  metadata: {
    name: "h100-0",
    uid: "1",
    resourceVersion: "7",
    labels: { "plinth.dev/pool": "h100" },
  },
  status: { conditions: [{ type: "GpuThermalWatch", status }] },
});

test("what it sees is answered, and what it did is logged", async () => {
  const { api, requests, send } = await watchedApi({ "/api/v1/nodes": [node("False")] });
  const log: string[] = [];
  const stopping = new AbortController();
  const controller = new NodeHealthController(api, settings, (line) => log.push(line));
  const ended = controller.run(stopping.signal);
  await eventually(
    async () => requests.length,
    (count) => count === 6,
  );
  expect(log).toEqual([]);
  send("/api/v1/nodes", "MODIFIED", node("True"));
  await eventually(
    async () => log.length,
    (lines) => lines > 0,
  );
  stopping.abort();
  await ended;
  expect(log[0]).toBe("node h100-0: NodeUnhealthy: done");
  const written = requests
    .filter(({ method }) => method !== "GET")
    .map(({ method, url }) => `${method} ${url}`);
  expect(written.slice(0, 2)).toEqual([
    "PATCH /api/v1/nodes/h100-0?fieldManager=plinth-node-health",
    "POST /api/v1/namespaces/default/events",
  ]);
});
