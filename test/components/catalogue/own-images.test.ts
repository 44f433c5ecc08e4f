import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ownImages } from "../../../components/catalogue/own-images.ts";

test("programs of this project have the project's own version", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
  for (const { repository, reference } of Object.values(ownImages)) {
    expect(reference).toBe(`${repository}:${version}`);
  }
  expect(ownImages.nodeHealth.reference).toBe(`plinth.dev/node-health:${version}`);
});
