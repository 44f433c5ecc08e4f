/** Entry of the npm package: `plinth runtime COMMAND`. */
import { exitWith, runCommand } from "./command-line.ts";
import { installedCommands } from "./commands/installed.ts";

const [part, ...args] = process.argv.slice(2);
const isRuntime = part === "runtime" || part === undefined;
if (!isRuntime) process.stderr.write(`plinth ${part} is not known here, plinth runtime is\n\n`);
await exitWith(await runCommand("plinth runtime", installedCommands, isRuntime ? args : []));
