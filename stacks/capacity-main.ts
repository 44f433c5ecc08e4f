/** Entry of `npm run capacity`. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { capacity } from "./capacity.ts";

const { code, output } = capacity(process.argv.slice(2), dirname(dirname(fileURLToPath(import.meta.url))));
(code === 0 ? process.stdout : process.stderr).write(output);
process.exitCode = code;
