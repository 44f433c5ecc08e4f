import { expect, test } from "vitest";
import config from "../vitest.config.ts";
import { cycleViolations, directionViolations } from "./support/tidy/directions.ts";
import { documentViolations, exampleProblems, examplesOf } from "./support/tidy/documents.ts";
import {
  componentViolations,
  deadFileViolations,
  mirrorViolations,
  nameViolations,
  packViolations,
  unusedExportViolations,
} from "./support/tidy/layout.ts";
import { readProject, sourcesOf } from "./support/tidy/project.ts";
import {
  agingFactViolations,
  leftoverViolations,
  machinePathViolations,
  openingViolations,
  sizeViolations,
} from "./support/tidy/style.ts";

const files = readProject();
const sources = sourcesOf(files);
const setupFiles = [config.test?.globalSetup ?? []].flat();

test.each([
  { case: "imports follow the order of the folders", found: directionViolations(sources) },
  { case: "no two files need each other to load", found: cycleViolations(sources) },
  { case: "sources and tests mirror each other", found: mirrorViolations(sources) },
  { case: "every component is public and named alike", found: componentViolations(sources) },
  { case: "every policy is served by the baseline pack", found: packViolations(sources) },
  { case: "every file name is in kebab-case", found: nameViolations(files) },
  { case: "every source is used", found: deadFileViolations(sources, setupFiles) },
  { case: "every exported value is used", found: unusedExportViolations(sources) },
  { case: "files, functions and lines are bounded", found: sizeViolations(files, sources) },
  { case: "every file opens with what it is for", found: openingViolations(files, sources) },
  { case: "nothing was left behind", found: leftoverViolations(sources) },
  { case: "facts that age stand in the catalogue", found: agingFactViolations(sources) },
  { case: "no path of one machine is written down", found: machinePathViolations(files) },
  { case: "documents: one title, whole links", found: documentViolations(files) },
])("$case", ({ found }) => {
  expect(found.join("\n")).toBe("");
});

test("examples in documents compile", () => {
  expect(exampleProblems(examplesOf(files)).join("\n")).toBe("");
});
