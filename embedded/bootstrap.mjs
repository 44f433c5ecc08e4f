/**
 * Runs a command on a fresh clone: installs the locked packages if they are not, then hands over to the
 * project's own Node. Plain JavaScript, because the Node that starts it may be too old for the rest.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const node = join(modules, ".bin", "node");

installPackages();

const [command = "", ...rest] = process.argv.slice(2);
const commandLines = {
  test: [[join(modules, "vitest", "vitest.mjs"), "run", ...rest]],
  bench: [[join(root, "bench", "main.ts"), ...rest]],
  capacity: [[join(root, "stacks", "capacity-main.ts"), ...rest]],
  runtime: [[join(root, "runtime", "main.ts"), ...rest]],
  plan: [[join(root, "stacks", "plan-main.ts"), ...rest]],
  check: [
    [join(modules, "typescript", "bin", "tsc"), "--noEmit"],
    [join(modules, "@biomejs", "biome", "bin", "biome"), "check", "--error-on-warnings", root],
  ],
};
const own = [join(root, "embedded", "main.ts"), command, ...rest];

let exitCode = 0;
for (const commandLine of commandLines[command] ?? [own]) exitCode ||= await run(commandLine);
process.exit(exitCode);

/** The lock file is kept beside what was installed from it, so that a changed one is noticed. */
function installPackages() {
  const lock = readFileSync(join(root, "package-lock.json"), "utf8");
  const installed = join(modules, ".plinth-lock.json");
  if (existsSync(node) && existsSync(installed) && readFileSync(installed, "utf8") === lock) return;
  process.stderr.write("Installing packages (npm ci) ...\n");
  const started = Date.now();
  const flags = ["--loglevel=error", "--no-fund", "--no-audit"];
  const { status } = spawnSync("npm", ["ci", ...flags], { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) {
    process.stderr.write(
      "npm ci failed: see its messages above, mend the cause and run the command again.\n",
    );
    process.exit(1);
  }
  writeFileSync(installed, lock);
  process.stderr.write(`Installing packages: done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

function run(commandLine) {
  const flags = ["--disable-warning=ExperimentalWarning"];
  const child = spawn(node, [...flags, ...commandLine], { cwd: root, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => child.kill(signal));
  return new Promise((resolve) =>
    child.on("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143))),
  );
}
