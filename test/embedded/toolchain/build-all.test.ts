import { mkdirSync } from "node:fs";
import { expect, test } from "vitest";
import { buildAll } from "../../../embedded/toolchain/build-all.ts";
import { parts } from "../../../embedded/toolchain/parts.ts";
import { createProgress } from "../../../embedded/toolchain/progress.ts";
import { recipeOf } from "../../../embedded/toolchain/recipe.ts";
import { fakeGo } from "../../support/fake-go.ts";

function prepared() {
  const fake = fakeGo();
  const { directory, modules, environment } = fake;
  mkdirSync(directory, { recursive: true });
  const site = {
    directory,
    modules,
    environment,
    signal: new AbortController().signal,
    onActivity: () => {},
  };
  const go = { version: "1.26.8", os: "linux", arch: "amd64" };
  const recipes = parts.map((part) => recipeOf(part, modules, go));
  const lines: string[] = [];
  const progress = createProgress({ write: (line) => lines.push(line) });
  return { fake, site, recipes, lines, progress };
}

test("counts the parts that are missing, not all parts", async () => {
  const { site, recipes, lines, progress } = prepared();
  const missing = recipes.filter(({ part }) => ["kueue", "pulumi"].includes(part.name));
  const seconds = await buildAll(missing, site, progress);
  expect([...seconds.keys()].map(({ part }) => part.name)).toEqual(["kueue", "pulumi"]);
  expect(lines.filter((line) => line.endsWith("...\n"))).toEqual([
    "toolchain: kueue (1 of 2) ...\n",
    "toolchain: pulumi (2 of 2) ...\n",
  ]);
});

test("nothing missing is no work", async () => {
  const { fake, site, progress } = prepared();
  expect(await buildAll([], site, progress)).toEqual(new Map());
  expect(fake.builds()).toEqual([]);
});

test("a download that fails early is reported by the build that needs it", async () => {
  const { fake, site, recipes, progress } = prepared();
  const reason = "dial tcp: lookup proxy.example: no such host";
  const said = `go: example.com/a@v1.0.0: Get "https://proxy.example": ${reason}`;
  fake.beforeBuild(`case "$3" in github.com/pulumi/*) echo '${said}' >&2; exit 1 ;; esac`);
  await expect(buildAll(recipes, site, progress)).rejects.toMatchObject({
    code: "network",
    message:
      `Cannot download example.com/a v1.0.0 for the build of pulumi (${reason}): ` +
      "connect to the network or set GOPROXY to a proxy you can reach, " +
      "and run again; finished parts are kept.",
  });
  expect(fake.builds()).toHaveLength(recipes.findIndex(({ part }) => part.name === "pulumi") + 1);
});
