/** The stand-in for Ray's dashboards, asked as KubeRay's operator asks through a proxy. */
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { chooseControllerPorts } from "../../../embedded/cluster/ports.ts";
import { RayDashboards, state } from "../../../embedded/host-node/ray-dashboards.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const program = { submission_id: "raysubmit_1", entrypoint: "python train.py", startedAt: 1000 };
const lasting = (duration: string, exitCode?: string) => ({
  ...program,
  metadata: {
    "plinth.dev/finish-after": duration,
    ...(exitCode ? { "plinth.dev/exit-code": exitCode } : {}),
  },
});

test.each([
  { case: "without a duration it runs on", given: program, now: 1e12, want: { status: "RUNNING" } },
  { case: "before its end", given: lasting("5s"), now: 5999, want: { status: "RUNNING" } },
  { case: "at its end", given: lasting("5s"), now: 6000, want: { status: "SUCCEEDED", end_time: 6000 } },
  { case: "with an exit code", given: lasting("1m", "137"), now: 61_000, want: { status: "FAILED" } },
  {
    case: "stopped before its end",
    given: { ...lasting("5s"), stoppedAt: 2000 },
    now: 9000,
    want: { status: "STOPPED", end_time: 2000 },
  },
  {
    case: "stopped after its end",
    given: { ...lasting("5s"), stoppedAt: 7000 },
    now: 9000,
    want: { status: "SUCCEEDED", end_time: 6000 },
  },
])("a program $case", ({ given, now, want }) => {
  expect(state(given, now)).toMatchObject({ job_id: "raysubmit_1", start_time: 1000, ...want });
});

async function dashboards() {
  const { webhook: port } = await chooseControllerPorts(temporaryDirectory());
  const server = new RayDashboards();
  await server.start(port);
  onTestFinished(() => server.stop());
  return (method: string, url: string, body?: object) =>
    new Promise<[number, unknown]>((resolve, reject) => {
      const outgoing = request({ port, host: "127.0.0.1", method, path: url }, async (response) => {
        resolve([response.statusCode ?? 0, JSON.parse(await text(response))]);
      });
      outgoing.on("error", reject);
      outgoing.end(body && JSON.stringify(body));
    });
}

test("a job is unknown until it is submitted, and each cluster has its own", async () => {
  const ask = await dashboards();
  const jobs = "http://sweep-head-svc.research.svc.cluster.local:8265/api/jobs/";
  const { startedAt: _, ...submission } = program;
  expect((await ask("GET", `${jobs}raysubmit_1`))[0]).toBe(404);
  expect(await ask("POST", jobs, submission)).toEqual([200, { job_id: "raysubmit_1" }]);
  expect(await ask("GET", `${jobs}raysubmit_1`)).toMatchObject([200, { status: "RUNNING" }]);
  expect((await ask("GET", `${jobs.replace("sweep", "other")}raysubmit_1`))[0]).toBe(404);
  expect(await ask("POST", `${jobs}raysubmit_1/stop`)).toEqual([200, { stopped: true }]);
  expect(await ask("GET", `${jobs}raysubmit_1`)).toMatchObject([200, { status: "STOPPED" }]);
});

test("a duration that is none is said so", async () => {
  const ask = await dashboards();
  const jobs = "http://a:8265/api/jobs/";
  await ask("POST", jobs, { ...lasting("soon"), startedAt: undefined });
  expect(await ask("GET", `${jobs}raysubmit_1`)).toEqual([500, '"soon" is not a duration such as 30s']);
});

test("anything else of a dashboard is not there", async () => {
  const ask = await dashboards();
  expect((await ask("GET", "http://a:8265/api/serve/applications/"))[0]).toBe(404);
});
