import { join } from "node:path";
import { expect, test } from "vitest";
import { optionalControllers } from "../../../components/catalogue/controllers.ts";
import { versions } from "../../../components/catalogue/versions.ts";
import { controllerParts } from "../../../embedded/toolchain/controller-parts.ts";
import { pinnedVersion } from "../../../embedded/toolchain/pins.ts";

const modules = join(import.meta.dirname, "..", "..", "..", "embedded", "toolchain");

test("every controller of the catalogue is built, with a chart and definitions of its kinds", () => {
  expect(controllerParts.map(({ name }) => name)).toEqual(optionalControllers);
  expect(controllerParts.map(({ assets = {} }) => Object.keys(assets))).toEqual(
    optionalControllers.map((name) => [`${name}/chart`, `${name}/crds`]),
  );
});

test.each(controllerParts.map((part) => ({ part, name: part.name })))(
  "$name is the version that the catalogue pins",
  ({ part, name }) => {
    expect(pinnedVersion(part, modules)).toBe(versions[name].version);
  },
);
