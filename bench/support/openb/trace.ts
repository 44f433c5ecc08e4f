/** The openb trace of Alibaba's GPU cluster: its nodes and lists of pods, as published with the FGD paper. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { type FreeNode, type PodRequest, wholeGpu } from "../../../embedded/scheduler-extender/free-node.ts";
import { BenchRefusal } from "../table.ts";
import { readCsv } from "./csv.ts";

const amount = z.string().regex(/^\d+$/, "not a whole number").transform(Number);

const nodeRow = z
  .object({
    sn: z.string().min(1),
    cpu_milli: amount,
    memory_mib: amount,
    gpu: amount.refine((gpus) => gpus <= 16, "more than 16 accelerators"),
    model: z.string(),
  })
  .transform(
    (row): TraceNode => ({
      name: row.sn,
      model: row.model,
      cpuMilli: row.cpu_milli,
      memoryMiB: row.memory_mib,
      gpuMilli: Array.from({ length: row.gpu }, () => wholeGpu),
    }),
  );

export interface TraceNode extends FreeNode {
  readonly name: string;
}

const podRow = z
  .object({
    cpu_milli: amount,
    memory_mib: amount,
    num_gpu: amount,
    gpu_milli: amount.refine((milli) => milli <= wholeGpu, "more than a whole accelerator"),
    gpu_spec: z.string().default(""),
  })
  .refine(({ num_gpu, gpu_milli }) => (num_gpu === 0) === (gpu_milli === 0), {
    path: ["gpu_milli"],
    message: "accelerators without an amount, or an amount without accelerators",
  })
  .refine(({ num_gpu, gpu_milli }) => num_gpu < 2 || gpu_milli === wholeGpu, {
    path: ["gpu_milli"],
    message: "a part of several accelerators",
  })
  .transform(
    (row): PodRequest => ({
      cpuMilli: row.cpu_milli,
      memoryMiB: row.memory_mib,
      gpus: row.num_gpu,
      gpuMilli: row.gpu_milli,
      models: row.gpu_spec.split("|").filter((model) => model !== ""),
    }),
  );

export function readNodes(file: string): TraceNode[] {
  return readCsv(file, nodeRow);
}

/** In the order of the file; equal requests are one and the same object. */
export function readPods(file: string): PodRequest[] {
  const known = new Map<string, PodRequest>();
  return readCsv(file, podRow).map((request) => {
    const key = JSON.stringify(request);
    const first = known.get(key) ?? request;
    known.set(key, first);
    return first;
  });
}

export interface TraceFiles {
  readonly nodes: string;
  readonly pods: string;
  /** Folder of the published figures; it need not exist. */
  readonly published: string;
  /** What the published figures call the list. */
  readonly workload: string;
}

/** `list` is a path, or a name such as `default` for openb_pod_list_default.csv in the trace's folder. */
export function traceFiles(list: string, folder = process.env.PLINTH_OPENB_DATA): TraceFiles {
  const data = folder ?? resolve(import.meta.dirname, "../../../../shared/data/openb");
  const isPath = list.includes("/") || list.endsWith(".csv");
  const pods = isPath ? resolve(list) : join(data, `openb_pod_list_${list}.csv`);
  const nodes = join(data, "openb_node_list_gpu_node.csv");
  const missing = [nodes, pods].filter((file) => !existsSync(file));
  if (missing.length === 0) {
    const workload = pods.slice(pods.lastIndexOf("/") + 1).replace(/\.csv$/, "");
    return { nodes, pods, workload, published: join(data, "fgd-expected") };
  }
  throw new BenchRefusal(
    `The openb trace is not part of this project, and not there: ${missing.join(", ")}. Get data/csv of ` +
      "github.com/hkust-adsl/kubernetes-scheduler-simulator and set PLINTH_OPENB_DATA to that folder.",
  );
}
