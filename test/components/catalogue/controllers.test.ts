import { expect, test } from "vitest";
import { controllerNames, trainingControllers } from "../../../components/catalogue/controllers.ts";
import { charts, images, versions } from "../../../components/catalogue/versions.ts";

test.each(controllerNames)("%s has a pinned version, chart and image", (name) => {
  expect(charts[name].version).toBe(versions[name].version);
  const { repository, tag, reference } = images[name];
  expect(reference).toBe(`${repository}:${tag}`);
  expect(tag.replace(/^v/, "")).toBe(versions[name].version);
});

test("what a controller needs is a controller", () => {
  const needed = controllerNames.flatMap((name) => [...trainingControllers[name].needs]);
  expect(needed.filter((name) => !controllerNames.includes(name))).toEqual([]);
});

test("namespaces are the platform's own, and each is one controller's", () => {
  const namespaces = controllerNames.map((name) => trainingControllers[name].namespace);
  expect(new Set(namespaces).size).toBe(namespaces.length);
  expect(namespaces.filter((name) => !name.endsWith("-system"))).toEqual([]);
});
