import { expect, test } from "vitest";
import { distributions } from "../../../components/catalogue/distributions.ts";
import { enforcingDistributions, networkPlugins } from "../../../components/catalogue/network-plugins.ts";

test("every plugin has a source and a date", () => {
  for (const { source, date } of Object.values(networkPlugins)) {
    expect(source.length).toBeGreaterThan(15);
    expect(date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  }
});

test("a network of Flannel alone enforces nothing; with Calico's policies it does", () => {
  expect(networkPlugins["kube-flannel-ds"].enforces).toBe(false);
  expect(networkPlugins.canal.enforces).toBe(true);
});

test("distributions that enforce by themselves are known ones", () => {
  expect(enforcingDistributions.filter((name) => !(name in distributions))).toEqual([]);
});
