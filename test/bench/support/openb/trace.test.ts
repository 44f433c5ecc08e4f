/** Files as published, and files that are damaged. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readNodes, readPods, traceFiles } from "../../../../bench/support/openb/trace.ts";
import { temporaryDirectory } from "../../../support/temporary-directory.ts";

function file(...lines: string[]): string {
  const path = join(temporaryDirectory(), "list.csv");
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

const podColumns = "name,cpu_milli,memory_mib,num_gpu,gpu_milli";

test("nodes", () => {
  const path = file("sn,cpu_milli,memory_mib,gpu,model", "a,64000,262144,2,P100", "b,8000,1024,0,");
  expect(readNodes(path)).toEqual([
    { name: "a", model: "P100", cpuMilli: 64_000, memoryMiB: 262_144, gpuMilli: [1000, 1000] },
    { name: "b", model: "", cpuMilli: 8000, memoryMiB: 1024, gpuMilli: [] },
  ]);
});

test("pods without further columns", () => {
  expect(readPods(file(podColumns, "p,12000,16384,1,460"))).toEqual([
    { cpuMilli: 12_000, memoryMiB: 16_384, gpus: 1, gpuMilli: 460, models: [] },
  ]);
});

test("pods with models; equal requests are one object, whatever their times", () => {
  const [first, second, third] = readPods(
    file(
      `${podColumns},gpu_spec,qos,creation_time`,
      "p,1,2,8,1000,T4|A10,LS,0",
      "q,1,2,8,1000,T4|A10,BE,9",
      "r,1,2,0,0,,LS,9",
    ),
  );
  expect(first?.models).toEqual(["T4", "A10"]);
  expect(second).toBe(first);
  expect(third).toEqual({ cpuMilli: 1, memoryMiB: 2, gpus: 0, gpuMilli: 0, models: [] });
});

test.each([
  { case: "a missing value", line: "p,1,2,1", want: "line 2: 4 values, but 5 columns" },
  { case: "a broken number", line: "p,1.5,2,1,500", want: "line 2, cpu_milli: not a whole number" },
  {
    case: "more than all of one",
    line: "p,1,2,1,1001",
    want: "line 2, gpu_milli: more than a whole accelerator",
  },
  {
    case: "accelerators without an amount",
    line: "p,1,2,1,0",
    want: "line 2, gpu_milli: accelerators without an amount, or an amount without accelerators",
  },
  {
    case: "a part of several",
    line: "p,1,2,2,500",
    want: "line 2, gpu_milli: a part of several accelerators",
  },
])("refused: $case", ({ line, want }) => {
  const path = file(podColumns, line);
  expect(() => readPods(path)).toThrow(`${path} cannot be read:\n  ${want}`);
});

test("every damaged line is told, up to ten", () => {
  const path = file(podColumns, ...Array.from({ length: 12 }, () => "p,1,2,1"));
  expect(() => readPods(path)).toThrow(/line 2: .*line 11: [^\n]*\n {2}and 2 more$/s);
});

test("a column that is not there", () => {
  expect(() => readNodes(file("sn,cpu_milli,memory_mib,gpu", "a,1,2,3"))).toThrow("line 2, model:");
});

test("lists by name and by path", () => {
  const folder = temporaryDirectory();
  for (const name of ["openb_node_list_gpu_node.csv", "openb_pod_list_mine.csv"]) {
    writeFileSync(join(folder, name), "");
  }
  const want = {
    nodes: join(folder, "openb_node_list_gpu_node.csv"),
    pods: join(folder, "openb_pod_list_mine.csv"),
    workload: "openb_pod_list_mine",
    published: join(folder, "fgd-expected"),
  };
  expect(traceFiles("mine", folder)).toEqual(want);
  expect(traceFiles(want.pods, folder)).toEqual(want);
  expect(() => traceFiles("other", folder)).toThrow(
    `not there: ${join(folder, "openb_pod_list_other.csv")}. Get data/csv of`,
  );
});
