/** What commands on a stack file share: reading it, and telling the author's mistakes apart from ours. */
import { readFileSync, statSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { configError, parseConfig } from "../components/config.ts";
import { type StackConfig, stackConfig } from "./config.ts";

export interface CommandResult {
  /** 0 done, 1 failed, 2 wrong usage. */
  readonly code: number;
  readonly output: string;
}

/** What the work says; mistakes of the author have messages of their own, anything else keeps its stack. */
export function commandResult(work: () => string): CommandResult {
  try {
    return { code: 0, output: `${work()}\n` };
  } catch (error) {
    const isExpected = pulumi.RunError.isInstance(error);
    return { code: 1, output: `${isExpected ? error.message : (error as Error).stack}\n` };
  }
}

/** The platform's section of a stack file. */
export function readStack(file: string): StackConfig {
  return parseConfig(stackConfig, stackSection(file), file);
}

/** The same as it is written. */
export function stackSection(file: string): unknown {
  const source = yamlOf(file) as { config?: Record<string, unknown> } | null;
  return source?.config?.["plinth:platform"];
}

/** What a file of YAML, or of JSON, says. */
export function yamlOf(file: string): unknown {
  const text = textOf(file);
  try {
    return parse(text);
  } catch (error) {
    // Beside what is no YAML: an alias that nothing is named by, or so many that they would fill the memory.
    const [given = "no YAML"] = (error as Error).message.split(":\n");
    throw configError(file, [{ path: [], given, allowed: "YAML", remedy: "mend the file there" }]);
  }
}

export function textOf(file: string): string {
  // A pipe will do.
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === false) return readFileSync(file, "utf8");
  throw configError(file, [
    { path: [], given: "no such file", allowed: "a file that exists", remedy: "mend the path" },
  ]);
}
