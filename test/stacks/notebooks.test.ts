import { expect, test, vi } from "vitest";
import { local } from "../../stacks/local.ts";
import type { StackOutputs } from "../../stacks/outputs.ts";
import { placeholder as image, installation, makeStack } from "../support/builders.ts";
import { localConfig } from "../support/local-stack.ts";
import { record } from "../support/record.ts";

vi.mock("../../embedded/installation.ts", () => ({ readInstallation: () => installation }));

const lab = { name: "lab", team: "research", pool: "h100", owner: "ada@example.com", accelerators: 2, image };

async function build(notebooks: object[]) {
  let outputs: StackOutputs | undefined;
  const resources = await record(() => {
    outputs = local(localConfig({ ...makeStack(), notebooks }));
  });
  const own = resources.filter(({ type }) => type.startsWith("plinth:interactive:"));
  return { outputs, resources, components: own.map(({ type, name }) => `${type.split(":")[2]} ${name}`) };
}

test("each entry is a notebook; one program stops idle ones", async () => {
  const { components, outputs } = await build([lab, { ...lab, name: "desk", accelerators: 0 }]);
  expect(components).toEqual(["Notebook desk", "Notebook lab", "NotebookCulling notebook-culling"]);
  expect(outputs?.notebooks).toEqual([
    { namespace: "research", name: "lab", owner: "ada@example.com", accelerators: 2 },
    { namespace: "research", name: "desk", owner: "ada@example.com", accelerators: 0 },
  ]);
});

test("a stack without notebooks has neither", async () => {
  expect((await build([])).components).toEqual([]);
});

test("replicas of a notebook are stated nowhere (F128)", async () => {
  const { resources } = await build([lab]);
  expect(resources.filter(({ inputs }) => JSON.stringify(inputs).includes('"replicas"'))).toEqual([]);
});

test("a mistake is refused with its place in the file", () => {
  const wrong = { ...makeStack(), notebooks: [{ ...lab, accelerators: 9, idleMinutes: 5 }] };
  expect(() => localConfig(wrong)).toThrow("notebooks[0].idleMinutes");
  const large = { ...makeStack(), notebooks: [{ ...lab, accelerators: 9 }] };
  expect(() => localConfig(large)).toThrow("0 to 8, the accelerators of a node of pool h100");
});
