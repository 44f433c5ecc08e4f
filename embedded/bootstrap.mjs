/**
 * Runs a command on a fresh clone: installs the locked packages if they are not, then hands over to the
 * project's own Node. Plain JavaScript, because the Node that starts it may be too old for the rest.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, "node_modules", ".bin", "node");
const lock = readFileSync(join(root, "package-lock.json"), "utf8");
const installedLock = join(root, "node_modules", ".plinth-lock.json");

if (!existsSync(node) || !existsSync(installedLock) || readFileSync(installedLock, "utf8") !== lock) {
  process.stderr.write("Installing packages (npm ci) ...\n");
  const started = Date.now();
  const install = spawnSync("npm", ["ci", "--loglevel=error", "--no-fund", "--no-audit"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (install.status !== 0) {
    process.stderr.write("npm ci failed: the packages of package-lock.json could not be installed.\n");
    process.exit(1);
  }
  writeFileSync(installedLock, lock);
  process.stderr.write(`Installing packages: done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

const [command, ...rest] = process.argv.slice(2);
const commandLines = {
  test: [join(root, "node_modules", "vitest", "vitest.mjs"), "run", ...rest],
  bench: [join(root, "bench", "main.ts"), ...rest],
};
const commandLine = commandLines[command] ?? [join(root, "embedded", "main.ts"), command ?? "", ...rest];
const child = spawn(node, ["--disable-warning=ExperimentalWarning", ...commandLine], {
  cwd: root,
  stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
