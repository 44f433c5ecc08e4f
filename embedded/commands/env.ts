/** `env`: what a plain `pulumi` on this machine needs, as lines for a shell. */
import { Platform } from "../platform.ts";
import type { Command } from "./command.ts";
import { writeJson } from "./command.ts";

export const env: Command = async ({ json }) => {
  const environment = await new Platform().environment();
  if (json) writeJson(environment);
  else {
    const lines = Object.entries(environment).map(
      ([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`,
    );
    process.stdout.write(`${lines.join("\n")}\n`);
  }
  return 0;
};
