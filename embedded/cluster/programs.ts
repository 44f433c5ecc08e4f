/** The programs and files that one embedded cluster is made of, as the toolchain names them. */
import { z } from "zod";
import { optionalControllers } from "../../components/catalogue/controllers.ts";

const path = z.string().startsWith("/");

/** A controller of training kinds. */
const controllerFiles = z.strictObject({
  program: path,
  /** Directory of its chart. */
  chart: path,
  /** Directory of its definitions of kinds. */
  crds: path,
});

export const controllerPrograms = z.partialRecord(z.enum(optionalControllers), controllerFiles);
export type ControllerPrograms = z.output<typeof controllerPrograms>;

export const clusterPrograms = z.strictObject({
  etcd: path,
  kubeApiServer: path,
  kubeControllerManager: path,
  kubeScheduler: path,
  kwok: path,
  kueue: path,
  /** Directory of upstream's KWOK stages. */
  kwokStages: path,
  /** Directory of the Kueue chart. */
  kueueChart: path,
  /** Directory of Kueue's definitions of kinds. */
  kueueCrds: path,
  /** Those that stacks of this installation asked for. */
  controllers: controllerPrograms.default({}),
});
export type ClusterPrograms = z.output<typeof clusterPrograms>;

/** Directories of all definitions of kinds, in an order that does not depend on who asked for them. */
export function definitionDirectories(
  programs: Pick<ClusterPrograms, "kueueCrds" | "controllers">,
): string[] {
  return [programs.kueueCrds, ...Object.values(programs.controllers).map(({ crds }) => crds)].sort();
}
