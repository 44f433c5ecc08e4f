/** Why programs are not ready; that `up` says so is seen in test/e2e/host-node-life.test.ts. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { V1ContainerStatus } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { failedPrograms, renderFailedPrograms } from "../../../embedded/status/failed-programs.ts";
import { httpsServer } from "../../support/https-server.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

async function failed(status: Partial<V1ContainerStatus>, log?: string) {
  const logs = temporaryDirectory();
  if (log !== undefined) writeFileSync(join(logs, "kueue-system_kueue-1_manager.log"), log);
  const pod = {
    metadata: { namespace: "kueue-system", name: "kueue-1" },
    status: { containerStatuses: [{ name: "manager", ready: false, restartCount: 0, ...status }] },
  };
  const { api, requests } = await httpsServer((_, response) =>
    response.end(JSON.stringify({ items: [pod] })),
  );
  const programs = await failedPrograms(api, logs);
  expect(requests.map(({ url }) => url)).toEqual(["/api/v1/pods?fieldSelector=spec.nodeName%3Dhost"]);
  return programs;
}

const terminated = { exitCode: 1 };

test.each([
  {
    case: "that is started again and again",
    status: { state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: { terminated } },
    want: "CrashLoopBackOff, last exit code 1",
  },
  {
    case: "that cannot be started",
    status: { state: { waiting: { reason: "CreateContainerError", message: "no such Secret" } } },
    want: "CreateContainerError: no such Secret",
  },
  {
    case: "that runs",
    status: { state: { running: {} } },
    want: "it runs, but its readiness probe fails",
  },
  { case: "that ended", status: { state: { terminated } }, want: "it ended, last exit code 1" },
])("a program $case", async ({ status, want }) => {
  expect((await failed(status)).map(({ reason }) => reason)).toEqual([want]);
});

test.each([
  { case: "is ready", status: { ready: true, state: { running: {} } } },
  { case: "did what it should", status: { state: { terminated: { exitCode: 0 } } } },
])("nothing is said of a program that $case", async ({ status }) => {
  const programs = await failed(status);
  expect(programs).toEqual([]);
  expect(renderFailedPrograms(programs)).toBe("");
});

test("with the last five lines of its log, none of them longer than 400 characters", async () => {
  const log = `${[1, 2, 3, 4, 5, 6].map((line) => `line ${line}`).join("\n")}${"x".repeat(500)}\n`;
  const state = { waiting: { reason: "CrashLoopBackOff" } };
  const programs = await failed({ state, restartCount: 3 }, log);
  expect(renderFailedPrograms(programs)).toBe(
    [
      "Not ready: manager of pod kueue-system/kueue-1: CrashLoopBackOff, restarts 3",
      ...[2, 3, 4, 5].map((line) => `  line ${line}`),
      `  line 6${"x".repeat(394)}`,
      "",
    ].join("\n"),
  );
});
