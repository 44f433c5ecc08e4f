/** Charts of the catalogue on a real cluster: fetched at their pinned version, owned object by object. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { platformLabels } from "../catalogue/labels.ts";
import { type ChartPin, charts } from "../catalogue/versions.ts";
import type { ChartName, ChartRelease } from "./contract.ts";

/**
 * The one repository that a site without internet has all charts in, under the names and versions of the
 * catalogue. Plain HTTP is for this machine alone: whoever can change a chart on its way owns the cluster.
 */
export const chartMirrorField = z
  .string()
  .max(300)
  .regex(
    /^((https|oci):\/\/[a-z0-9][\w.:/-]+|http:\/\/(127\.0\.0\.1|localhost)(:\d{1,5})?(\/[\w./-]*)?)$/i,
    "an address of a chart repository: https:// or oci://, or http:// on this machine",
  );

export interface ChartPlace {
  readonly provider: k8s.Provider;
  /** Default: each chart's own repository. */
  readonly chartMirror?: string | undefined;
}

/** Charts that a real cluster can have: those that are published, or were put into the mirror. */
export function fetchableCharts(chartMirror?: string): ChartName[] {
  const names = Object.keys(charts) as ChartName[];
  return names.filter((name) => chartMirror !== undefined || pinOf(name).repository !== undefined);
}

/**
 * Installs a release. The engine owns every object that the chart renders: previews and policies see each,
 * a cut-off update goes on where it stopped, and no record of the whole is kept in the cluster (F56).
 * Definitions of kinds are brought up to the chart's version with it (F50), and stay when it goes: with them
 * would go every object of their kinds. Hooks of the chart do not run.
 */
export function helmRelease(
  name: string,
  release: ChartRelease,
  { provider, chartMirror }: ChartPlace,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource {
  const pin = pinOf(release.chart);
  const made = release.namespaceExists ? [] : [releaseNamespace(release, provider, opts)];
  return new k8s.helm.v4.Chart(
    name,
    {
      ...chartReference(pin, chartMirror),
      name: pin.name,
      namespace: release.namespace,
      values: { ...release.values },
    },
    pulumi.mergeOptions(opts, { provider, dependsOn: made, transforms: [keepDefinitions] }),
  );
}

/** The namespace admits the pods of the chart, and no others than its level allows (F31). */
function releaseNamespace(
  { namespace, chart }: ChartRelease,
  provider: k8s.Provider,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource {
  const labels = systemLabels(pinOf(chart).podSecurity);
  return new k8s.core.v1.Namespace(
    namespace,
    { metadata: { name: namespace, labels } },
    { ...opts, provider, deleteBeforeReplace: true },
  );
}

/** Labels of a namespace of the platform whose pods need no more than this level of Pod Security. */
function systemLabels(level: ChartPin["podSecurity"]): Record<string, string> {
  return {
    [platformLabels.system]: "true",
    "pod-security.kubernetes.io/enforce": level,
    "pod-security.kubernetes.io/enforce-version": "latest",
  };
}

/** A registry has the chart's name in its address; another repository has an index to find it in. */
export function chartReference(pin: ChartPin, chartMirror?: string) {
  const repository = chartMirror ?? pin.repository;
  if (repository === undefined) {
    throw new pulumi.RunError(`${pin.name}: its makers publish no chart; put one into a mirror of your own`);
  }
  const version = pin.tag ?? pin.version;
  const address = repository.replace(/\/+$/, "");
  return address.startsWith("oci://")
    ? { chart: `${address}/${pin.name}`, version }
    : { chart: pin.name, version, repositoryOpts: { repo: address } };
}

/** Keeps definitions of kinds when their release is deleted. */
export const keepDefinitions: pulumi.ResourceTransform = ({ type, props, opts }) =>
  type === "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
    ? { props, opts: { ...opts, retainOnDelete: true } }
    : undefined;

function pinOf(chart: ChartName): ChartPin {
  return charts[chart];
}
