/** The Pulumi plugins that a program's npm packages need, as far as this machine has them. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import { dependenciesOf, type PackageManifest } from "./installed-packages.ts";

/**
 * This answer is advice: with it the engine fetches missing plugins before the program runs. A program
 * that has the SDKs of three clouds installed uses one of them, and this host serves machines that cannot
 * fetch. So only plugins that are present are named. One that is missing is asked for by name when the
 * program's first resource needs it, and never before.
 */
export function requiredPackages(
  programDirectory: string,
  environment: NodeJS.ProcessEnv,
): plugin.PackageDependency[] {
  return dependenciesOf(programDirectory)
    .installed.map(({ manifest }) => packageDependency(manifest))
    .filter((dependency) => dependency !== undefined)
    .filter((dependency) => isPresent(dependency, environment));
}

/** The plugin named by a package's manifest; undefined for the many packages that have none. */
export function packageDependency(manifest: PackageManifest): plugin.PackageDependency | undefined {
  const { pulumi } = manifest;
  if (!pulumi?.resource) return undefined;
  const version = pulumi.version ?? manifest.version;
  const dependency = new plugin.PackageDependency()
    .setName(pulumi.name ?? manifest.name.replace(/^@pulumi\//, ""))
    .setKind("resource")
    .setVersion(version.startsWith("v") ? version : `v${version}`)
    .setServer(pulumi.server ?? "");
  if (pulumi.parameterization) {
    const { name, version, value } = pulumi.parameterization;
    const parameterization = new plugin.PackageParameterization();
    dependency.setParameterization(parameterization.setName(name).setVersion(version).setValue(value));
  }
  return dependency;
}

/** The engine looks on PATH and in the plugin cache. */
function isPresent(dependency: plugin.PackageDependency, environment: NodeJS.ProcessEnv): boolean {
  const name = dependency.getName();
  const home = environment.PULUMI_HOME || join(homedir(), ".pulumi");
  const cached = join(home, "plugins", `resource-${name}-${dependency.getVersion()}`);
  const directories = (environment.PATH ?? "").split(delimiter).filter((directory) => directory !== "");
  return [cached, ...directories.map((directory) => join(directory, `pulumi-resource-${name}`))].some(
    existsSync,
  );
}
