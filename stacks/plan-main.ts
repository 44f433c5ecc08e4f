/** Entry of `npm run plan`. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { plan } from "./plan.ts";

const { code, output } = plan(process.argv.slice(2), dirname(dirname(fileURLToPath(import.meta.url))));
(code === 0 ? process.stdout : process.stderr).write(output);
process.exitCode = code;
