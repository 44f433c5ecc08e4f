import { expect, test } from "vitest";
import { obstacleOf } from "../../../runtime/server/health.ts";
import { serving } from "../../support/runtime/served.ts";

const paths = {
  live: ["/health/live", "/v2/health/live"],
  engine: ["/health", "/ping"],
  ready: ["/health/ready", "/ready", "/v2/health/ready", "/v2/models/tiny/ready"],
};

test.each([
  { isReady: true, want: 200 },
  { isReady: false, want: 503 },
])("an engine whose readiness is $isReady", async ({ isReady, want }) => {
  await serving({ script: () => ({ tokens: "" }) }, {}, async ({ url, engine }) => {
    engine.isReady = isReady;
    const status = async (path: string) => (await fetch(url + path)).status;
    expect(await Promise.all(paths.live.map(status))).toEqual([200, 200]);
    expect(await Promise.all(paths.engine.map(status))).toEqual([want, want]);
    expect(await Promise.all(paths.ready.map(status))).toEqual([want, want, want, want]);
  });
});

test.each([
  { isDraining: false, isReady: true, want: undefined },
  { isDraining: true, isReady: true, want: "draining" },
  { isDraining: false, isReady: false, want: "starting" },
  { isDraining: true, isReady: false, want: "draining" },
])("draining $isDraining, ready $isReady", async ({ isDraining, isReady, want }) => {
  await serving({ script: () => ({ tokens: "" }) }, {}, async ({ engine }) => {
    engine.isReady = isReady;
    expect(obstacleOf({ health: { isDraining }, engine })).toBe(want);
  });
});
