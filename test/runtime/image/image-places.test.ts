import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { home, imageEntrypoint, node, projectRoot } from "../../../runtime/image/image-places.ts";

test("what the image starts is Node, and a file of this project", () => {
  expect(imageEntrypoint[0]).toBe(node);
  const main = imageEntrypoint.find((part) => part.startsWith(`${home}/`)) ?? "";
  expect(existsSync(join(projectRoot, main.slice(home.length)))).toBe(true);
  expect(imageEntrypoint.slice(-3)).toEqual(["serve", "--model", "/model"]);
});
