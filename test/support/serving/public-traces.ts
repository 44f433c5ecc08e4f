/** Public traces of requests, which are not part of this project: where they are, and what they hold. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  readRequestTrace,
  type TracedRequest,
  type TraceFormat,
} from "../../../components/planning/serving/request-trace.ts";

const folder = process.env.PLINTH_REQUEST_TRACES ?? resolve(import.meta.dirname, "../../../../shared/data");

const files = {
  /** One hour of a service for code: Azure/AzurePublicDataset, with Splitwise (ISCA 2024), CC BY 4.0. */
  azure: { file: "azure-llm-2023/AzureLLMInferenceTrace_code.csv", format: "azure-csv" },
  /** One hour of conversations: kvcache-ai/Mooncake, FAST25-release, Apache-2.0. */
  mooncake: { file: "mooncake-fast25/conversation_trace.jsonl", format: "mooncake-jsonl" },
} as const satisfies Record<string, { file: string; format: TraceFormat }>;

export type PublicTrace = keyof typeof files;

const paths = Object.values(files).map(({ file }) => join(folder, file));

export const areTracesMissing = !paths.every((path) => existsSync(path));

export function publicTrace(name: PublicTrace): readonly TracedRequest[] {
  const { file, format } = files[name];
  const { requests, problems } = readRequestTrace(readFileSync(join(folder, file), "utf8"), format);
  if (problems.length > 0) throw new Error(`${file}: ${problems.length} lines cannot be read`);
  return requests;
}
