/** Entry of `npm run runtime`: what a runtime does, and what makes one to install elsewhere. */
import { type Commands, exitWith, runCommand } from "./command-line.ts";
import { image } from "./commands/image.ts";
import { installedCommands } from "./commands/installed.ts";
import { mounts } from "./commands/mounts.ts";
import { npmPackage } from "./commands/package.ts";
import { prebuild } from "./commands/prebuild.ts";

const commands: Commands = {
  ...installedCommands,
  image: {
    run: image,
    usage: `write a container image as an OCI layout; no daemon is needed
--to DIR         a directory that is not there yet
--model DIR      put into the image at /model (default: none; mount one there)
--tag NAME       (default: the version)`,
  },
  package: {
    run: npmPackage,
    usage: `write the runtime as an npm package, for npm pack and npm publish
--to DIR         a directory that is not there yet
--prebuilds DIR  kernels to put into it (default: what prebuild made)`,
  },
  mounts: {
    run: mounts,
    usage: "say which files of this machine make up an image with the tiny model, as JSON",
  },
  prebuild: {
    run: prebuild,
    usage: `build the kernels for machines of this platform that have no compiler
--to DIR         (default: prebuilds, where the runtime looks)`,
  },
};

await exitWith(await runCommand("npm run runtime --", commands, process.argv.slice(2)));
