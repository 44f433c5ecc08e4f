import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { charts, images, versions } from "../../../components/catalogue/versions.ts";

const packageJson = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));

test("each pin has a version, a source and a date", () => {
  for (const pin of [...Object.values(versions), ...Object.values(charts)]) {
    expect(pin.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(pin.source.length).toBeGreaterThan(10);
    expect(pin.date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  }
});

test("every dependency is pinned to one version (F124)", () => {
  const { dependencies, devDependencies } = packageJson;
  for (const version of Object.values({ ...dependencies, ...devDependencies })) {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  }
});

test("the SDKs in package.json are the pinned ones (F124)", () => {
  expect(packageJson.dependencies["@pulumi/kubernetes"]).toBe(versions.pulumiKubernetes.version);
  expect(packageJson.dependencies["@pulumi/pulumi"]).toBe(versions.pulumi.version);
});

test("programs in pods run on the Node that the project is tested with", () => {
  expect(packageJson.devDependencies.node).toBe(versions.node.version);
  expect(images.node.reference).toBe(`docker.io/library/node:${versions.node.version}-slim`);
});

test("Kueue's image is a release, never the chart's staging branch", () => {
  expect(images.kueue.reference).toBe("registry.k8s.io/kueue/kueue:v0.19.2");
});

test("the placeholder image is pinned by digest", () => {
  expect(images.placeholder.reference).toBe(
    "registry.k8s.io/pause:3.10@sha256:ee6521f290b2168b6e0935a181d4cff9be1ac3f505666ef0e3c98fae8199917a",
  );
});

test("the shipped stack names no other image", () => {
  const stack = readFileSync(new URL("../../../stacks/config/Pulumi.local.yaml", import.meta.url), "utf8");
  const named = [...stack.matchAll(/image: (\S+)/g)].map(([, image]) => image);
  expect([...new Set(named)]).toEqual([images.placeholder.reference]);
});
