import { existsSync, mkdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  buildPart,
  prefetchModule,
  removeLeftovers,
  type Site,
} from "../../../embedded/toolchain/build-part.ts";
import { type PartName, parts } from "../../../embedded/toolchain/parts.ts";
import { recipeOf } from "../../../embedded/toolchain/recipe.ts";
import { fakeGo } from "../../support/fake-go.ts";

function site() {
  const fake = fakeGo();
  const activities: string[] = [];
  const { directory, modules, environment } = fake;
  const { signal } = new AbortController();
  mkdirSync(directory, { recursive: true });
  const place: Site = {
    directory,
    modules,
    environment,
    signal,
    onActivity: (text) => activities.push(text),
  };
  const recipe = (name: PartName) =>
    recipeOf(parts.filter((part) => part.name === name)[0] as (typeof parts)[number], modules, {
      version: "1.26.8",
      os: "linux",
      arch: "amd64",
    });
  return { fake, place, activities, recipe };
}

test("several programs are links to one binary", async () => {
  const { place, recipe } = site();
  await buildPart(recipe("kubernetes"), place);
  const link = join(place.directory, recipe("kubernetes").folderName, "bin", "kube-scheduler");
  expect(readlinkSync(link)).toBe("kubernetes");
});

test("files to embed lie beside the main package, and never in the tree", async () => {
  const { fake, place, recipe } = site();
  fake.beforeBuild('cat schema.json terraform-mapping.json go.mod > "$FAKE_GO/home/seen"');
  await buildPart(recipe("pulumi-resource-kubernetes"), place);
  expect(readFileSync(join(fake.home, "seen"), "utf8").split("\n").slice(0, 3)).toEqual([
    "cmd/pulumi-resource-kubernetes/schema.json",
    "cmd/pulumi-resource-kubernetes/terraform-mapping.json",
    "module plinth/embedded/toolchain/pulumi-kubernetes",
  ]);
  expect(existsSync(join(fake.modules, "pulumi-kubernetes", "schema.json"))).toBe(false);
});

test("a file of ours stands among those of a module", async () => {
  const { place, recipe } = site();
  await buildPart(recipe("trainer"), place);
  const chart = join(place.directory, recipe("trainer").folderName, "share", "trainer", "chart");
  expect(readFileSync(join(chart, "some.yaml"), "utf8")).toBe("charts/kubeflow-trainer/some.yaml\n");
  expect(readFileSync(join(chart, "Chart.yaml"), "utf8")).toBe(
    "apiVersion: v2\nname: kubeflow-trainer\nversion: 2.3.0\n",
  );
});

test("tells the packages and downloads that go is busy with, and nothing else", async () => {
  const { fake, place, activities, recipe } = site();
  fake.beforeBuild(
    "echo 'go: downloading example.com/a v1.0.0' >&2",
    "echo example.com/a/b >&2",
    "echo '# note x' >&2",
  );
  await buildPart(recipe("etcd"), place);
  expect(activities).toEqual(["downloading example.com/a v1.0.0", "example.com/a/b"]);
});

test("a download leaves nothing but Go's own cache and its log", async () => {
  const { fake, place, recipe } = site();
  await prefetchModule([recipe("pulumi")], place);
  expect(fake.builds()).toEqual([]);
  expect(existsSync(join(place.directory, ".building-download-pulumi"))).toBe(false);
});

test("leftovers of a killed run go, finished parts stay", async () => {
  const { place } = site();
  for (const name of [".building-etcd-1/part", "etcd-2"])
    mkdirSync(join(place.directory, name), { recursive: true });
  await removeLeftovers(place.directory);
  expect([".building-etcd-1", "etcd-2"].map((name) => existsSync(join(place.directory, name)))).toEqual([
    false,
    true,
  ]);
});
