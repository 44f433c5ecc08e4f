/** The runtime as the host node runs it; that it answers is seen in test/e2e/inference-server.test.ts. */
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { ownImages } from "../../../components/catalogue/own-images.ts";
import { runtimeProgram } from "../../../embedded/host-node/runtime-program.ts";
import { imageEntrypoint, imageEnvironment } from "../../../runtime/image/image-places.ts";

test("is started as the image is, but finds the programs of the machine that enter its sandbox", () => {
  const { repository, entrypoint, environment, hasOwnAddress } = runtimeProgram();
  expect(repository).toBe(ownImages.runtime.repository);
  expect(entrypoint).toEqual(imageEntrypoint);
  const { PATH: _, ...variables } = imageEnvironment;
  expect(environment).toEqual(variables);
  expect(hasOwnAddress).toBe(true);
});

test("its files are there once a process of their own has made them", async () => {
  const files = (await runtimeProgram().prepare?.(new AbortController().signal)) ?? {};
  expect(Object.keys(files)).toEqual(expect.arrayContaining(["/usr/bin/node", "/app/runtime", "/model"]));
  expect(Object.values(files).filter((path) => !existsSync(path))).toEqual([]);
});

test("whoever gives it up does not wait for them", async () => {
  await expect(runtimeProgram().prepare?.(AbortSignal.abort(new Error("over")))).rejects.toThrow("over");
  const giving = new AbortController();
  const prepared = runtimeProgram().prepare?.(giving.signal);
  giving.abort(new Error("given up"));
  await expect(prepared).rejects.toThrow("given up");
});
