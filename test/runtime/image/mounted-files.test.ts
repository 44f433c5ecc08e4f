import { existsSync, realpathSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { buildNative, prebuildName } from "../../../runtime/device/native-build.ts";
import { mountedFiles } from "../../../runtime/image/mounted-files.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

test("names whole directories, each once, and only what is there", async () => {
  const model = temporaryDirectory();
  const addon = await buildNative();
  const files = await mountedFiles(addon, model);
  expect(files["/usr/bin/node"]).toBe(realpathSync(process.execPath));
  expect(files[`/app/prebuilds/${prebuildName(addon)}`]).toBe(addon);
  expect(files["/model"]).toBe(realpathSync(model));
  expect(statSync(files["/app/runtime"] ?? "").isDirectory()).toBe(true);
  const packages = Object.keys(files).filter((path) => path.startsWith("/app/node_modules/"));
  expect(packages).toContain("/app/node_modules/fastify");
  expect(packages.filter((path) => path.lastIndexOf("node_modules") > "/app/".length)).toEqual([]);
  expect(packages.filter((path) => path.includes("@pulumi"))).toEqual([]);
  expect(Object.values(files).filter((path) => !existsSync(path))).toEqual([]);
});
