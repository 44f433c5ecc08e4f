/** Which controllers an installation has; that they run is seen in test/e2e/training.test.ts. */
import { expect, test } from "vitest";
import {
  hostPrograms,
  installedControllers,
  missingControllers,
  withControllerPorts,
} from "../../../embedded/cluster/controllers.ts";
import { chooseFreePorts } from "../../../embedded/cluster/ports.ts";
import { StateDirectory } from "../../../embedded/cluster/state-directory.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const files = (name: string) => ({ program: `/bin/${name}`, chart: `/${name}/chart`, crds: `/${name}/crds` });
const jobset = files("jobset");
const trainer = files("trainer");

test("an installation keeps its controllers and their ports", async () => {
  const state = new StateDirectory(temporaryDirectory());
  expect(installedControllers(state)).toEqual([]);
  const bare = {
    layout: 1 as const,
    createdAt: "2026-11-21T06:00:00.000Z",
    ports: await chooseFreePorts(state.root),
    controllers: {},
  };
  const first = await withControllerPorts(state.root, bare, { jobset });
  const second = await withControllerPorts(state.root, first, { trainer, jobset });
  state.writeRecord(second);
  expect(installedControllers(state)).toEqual(["jobset", "trainer"]);
  expect(second.controllers.jobset).toEqual(first.controllers.jobset);
  expect(Object.keys(second.controllers.trainer ?? {})).toEqual(["health", "metrics", "webhook"]);
});

test("only what is not there is added, even if its files have changed", () => {
  expect(missingControllers({ jobset: files("older") }, { jobset, trainer })).toEqual({ trainer });
});

test("Volcano is one program under the names of its two images", () => {
  const programs = hostPrograms({ kueue: "/bin/kueue", controllers: { volcano: files("volcano") } });
  expect(programs.slice(1, 3)).toEqual([
    {
      repository: "docker.io/volcanosh/vc-scheduler",
      files: { "/vc-scheduler": "/bin/volcano" },
      entrypoint: ["/vc-scheduler"],
    },
    {
      repository: "docker.io/volcanosh/vc-controller-manager",
      files: { "/vc-controller-manager": "/bin/volcano" },
      entrypoint: ["/vc-controller-manager"],
    },
  ]);
});

test("the host node runs Kueue and the controllers that there are", () => {
  const programs = hostPrograms({ kueue: "/bin/kueue", controllers: { jobset } });
  expect(programs.slice(0, 2)).toEqual([
    {
      repository: "registry.k8s.io/kueue/kueue",
      files: { "/manager": "/bin/kueue" },
      entrypoint: ["/manager"],
    },
    {
      repository: "registry.k8s.io/jobset/jobset",
      files: { "/manager": "/bin/jobset" },
      entrypoint: ["/manager"],
    },
  ]);
  const own = programs.at(-2);
  expect(own?.repository).toBe("plinth.dev/node-health");
  expect(own?.entrypoint.at(-1)).toBe("/app/controllers/node-health/main.ts");
});

test("it runs the platform's own programs with the Node that runs it", () => {
  const node = hostPrograms({ kueue: "/bin/kueue", controllers: {} }).at(-1);
  expect(node).toMatchObject({
    repository: "docker.io/library/node",
    files: { "/usr/local/bin/node": process.execPath },
    entrypoint: ["/usr/local/bin/node"],
  });
});
