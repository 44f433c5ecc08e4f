/** Of the runtime, as it tells clients: the project's own. */
import { readFileSync } from "node:fs";
import { z } from "zod";

const manifest = z.object({ version: z.string().min(1) });

export const { version } = manifest.parse(
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")),
);
