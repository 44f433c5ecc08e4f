import { expect, test } from "vitest";
import { type ClusterAccess, clusterProvider } from "../../../components/cluster/cluster-provider.ts";
import { record } from "../../support/record.ts";

const common = {
  kubeconfig: "/etc/kubeconfig",
  clusterIdentifier: "site",
  enableServerSideApply: "true",
  suppressDeprecationWarnings: "true",
  suppressHelmHookWarnings: "true",
};

interface Row {
  readonly case: string;
  readonly access: Omit<ClusterAccess, "kubeconfig">;
  readonly want: Readonly<Record<string, string>>;
}

test.each<Row>([
  { case: "the name of the provider by itself", access: {}, want: common },
  {
    case: "another identifier, where one is given",
    access: { clusterIdentifier: "project/region/site" },
    want: { ...common, clusterIdentifier: "project/region/site" },
  },
  {
    case: "with a context and limits of its own",
    access: { context: "admin", kubeClientSettings: { qps: 500, burst: 1000 } },
    want: { ...common, context: "admin", kubeClientSettings: '{"qps":500,"burst":1000}' },
  },
])("a cluster is known by $case, so another address replaces nothing", async ({ access, want }) => {
  const resources = await record(() => clusterProvider("site", { kubeconfig: "/etc/kubeconfig", ...access }));
  expect(resources.map(({ type, name, inputs }) => ({ type, name, inputs }))).toEqual([
    { type: "pulumi:providers:kubernetes", name: "site", inputs: want },
  ]);
});
