import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { projectProgram } from "../../../embedded/host-node/project-program.ts";

const program = projectProgram({
  repository: "plinth.dev/example",
  main: "controllers/example/main.ts",
  sources: ["components/catalogue"],
  packages: ["zod"],
});

test("runs its main file with this very Node", () => {
  expect(program.repository).toBe("plinth.dev/example");
  expect([program.entrypoint[0], program.entrypoint.at(-1)]).toEqual([
    "/node",
    "/app/controllers/example/main.ts",
  ]);
  expect(program.files["/node"]).toBe(process.execPath);
});

test("holds what it names and no more of the project, and all of it exists", () => {
  const own = Object.keys(program.files).filter((path) => path.startsWith("/app/"));
  expect(own.sort()).toEqual(["/app/components/catalogue", "/app/node_modules/zod", "/app/package.json"]);
  expect(Object.values(program.files).filter((path) => !existsSync(path))).toEqual([]);
});

test("holds the C library and its loader at the paths where Node looks for them", () => {
  const libraries = Object.entries(program.files).filter(([target, source]) => target === source);
  expect(libraries.some(([path]) => /\/libc\.|\/ld-/.test(path))).toBe(true);
});
