/**
 * Files that name API keys, read again every few seconds: whoever rotates a key writes the file, or lets
 * Kubernetes exchange it by a link, and starts nothing anew.
 */
import { readFile, stat } from "node:fs/promises";
import type { ApiKey } from "./server/settings.ts";

export interface KeyFilesOptions {
  readonly files: readonly string[];
  /** Between two looks at them. */
  readonly seconds: number;
  /** All keys that the files name now. Throws for what are none. */
  readonly read: () => readonly ApiKey[];
  /** Told of keys that differ from those before. */
  readonly taken: (keys: readonly ApiKey[]) => void;
  readonly say: (message: string) => void;
}

/** The hashes of a thousand tenants are a tenth of it. */
const bytesMost = 8 * 2 ** 20;

export class KeyFiles {
  private readonly options: KeyFilesOptions;
  private known: string;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  /** `keys` are those that are used already. */
  constructor(options: KeyFilesOptions, keys: readonly ApiKey[]) {
    this.options = options;
    this.known = JSON.stringify(keys);
  }

  start(): void {
    if (this.options.files.length > 0) this.wait("");
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** The problem that was told last: it is not told again. */
  private wait(told: string): void {
    if (this.isStopped) return;
    const look = () => void this.look(told).then((problem) => this.wait(problem));
    this.timer = setTimeout(look, this.options.seconds * 1000);
    this.timer.unref();
  }

  /** What is broken changes nothing: a half-written file lets nobody in, and sends nobody away. */
  private async look(told: string): Promise<string> {
    const { files, read, taken, say } = this.options;
    try {
      // Read here first, so that a slow disk holds nobody up.
      for (const file of files) await checkReadable(file);
      if (this.isStopped) return told;
      const keys = read();
      const text = JSON.stringify(keys);
      if (text !== this.known) {
        this.known = text;
        taken(keys);
        const hashes = keys.reduce((sum, { sha256 }) => sum + sha256.length, 0);
        say(`API keys were read again: ${hashes} of ${keys.length} tenants`);
      }
      return "";
    } catch (error) {
      const { message } = error as Error;
      if (message !== told) say(`API keys stay as they are: ${message}`);
      return message;
    }
  }
}

async function checkReadable(file: string): Promise<void> {
  const { size } = await stat(file);
  if (size > bytesMost) throw new Error(`${file}: has ${size} bytes, of ${bytesMost} at most`);
  await readFile(file);
}
