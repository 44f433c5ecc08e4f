/** The programs and files that one embedded cluster is made of, as the toolchain names them. */
import { z } from "zod";

const path = z.string().startsWith("/");

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
});
export type ClusterPrograms = z.output<typeof clusterPrograms>;
