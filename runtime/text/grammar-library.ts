/**
 * Loads @mlc-ai/web-xgrammar (0.1.27, 2026-11-22), which calls itself a module and is none: it is a script
 * that hangs its names on `exports`. It is run with what it takes from outside, so that it neither writes to
 * the console nor keeps its memory to itself: a mask is read out of there in one piece.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { compileFunction } from "node:vm";
import type * as XGrammar from "@mlc-ai/web-xgrammar";

/** Node has this; the declarations of the language alone do not. */
interface Memory {
  readonly buffer: ArrayBuffer;
}
interface WebAssemblyParts {
  instantiate(bytes: unknown, imports: unknown): Promise<{ instance: { exports: Record<string, unknown> } }>;
  readonly Memory: new (...parts: never[]) => Memory;
  readonly RuntimeError: typeof Error;
}
const webAssembly = Reflect.get(globalThis, "WebAssembly") as WebAssemblyParts;

export interface GrammarLibrary {
  readonly xgrammar: typeof XGrammar;
  readonly memory: () => Memory | undefined;
  /** What it last complained about, in its own words; forgotten once it is told. */
  readonly complaint: () => string | undefined;
}

/** Each call makes another instance: one that has stopped in an error is of no further use. */
export function loadGrammarLibrary(): GrammarLibrary {
  const run = compileFunction(source(), [
    "exports",
    "module",
    "console",
    "process",
    "location",
    "WebAssembly",
  ]);
  const exports: Partial<typeof XGrammar> = {};
  let memory: Memory | undefined;
  let complaint: string | undefined;
  const hear = (...words: unknown[]) => {
    const text = words.map(String).join(" ");
    if (text.startsWith("[FATAL]"))
      complaint = text.replace(/^.*?\.cc:\d+: (Check failed: .*? is false: )?/, "");
  };
  const console = { log: hear, warn: hear, error: hear, info: hear };
  const instantiate = async (bytes: unknown, imports: unknown) => {
    const result = await webAssembly.instantiate(bytes, imports);
    memory = Object.values(result.instance.exports).find(
      (each): each is Memory => each instanceof webAssembly.Memory,
    );
    return result;
  };
  const own = { RuntimeError: webAssembly.RuntimeError, instantiate };
  // Without a process it takes itself to be nowhere, and reads no files.
  run(exports, { exports }, console, undefined, { href: "file:///" }, own);
  const told = () => {
    const text = complaint;
    complaint = undefined;
    return text;
  };
  return { xgrammar: exports as typeof XGrammar, memory: () => memory, complaint: told };
}

let text: string | undefined;

function source(): string {
  text ??= readFileSync(createRequire(import.meta.url).resolve("@mlc-ai/web-xgrammar"), "utf8");
  return text;
}
