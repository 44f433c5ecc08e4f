import { expect, test } from "vitest";
import { equationsOf, isMeant } from "../../../embedded/scheduler-extender/device-selection.ts";

const device = {
  name: "gpu-0",
  attributes: { type: { string: "gpu" }, "other.example/rack": { string: "r1" } },
};

test.each([
  { case: "no condition", cel: "", want: true },
  { case: "its driver", cel: "device.driver == 'gpu.example'", want: true },
  { case: "another driver", cel: 'device.driver == "nic.example"', want: false },
  { case: "its attribute", cel: "device.attributes['gpu.example'].type == 'gpu'", want: true },
  { case: "another value", cel: 'device.attributes["gpu.example"].type == "mig"', want: false },
  { case: "an attribute that it lacks", cel: "device.attributes['gpu.example'].model == 'T4'", want: false },
  {
    case: "the attribute of another domain",
    cel: "device.attributes['other.example'].type == 'gpu'",
    want: false,
  },
  { case: "a qualified attribute", cel: "device.attributes['other.example'].rack == 'r1'", want: true },
  {
    case: "of two conditions one",
    cel: "device.driver == 'gpu.example' && device.attributes['gpu.example'].type == 'mig'",
    want: false,
  },
  { case: "what is no equation", cel: "device.attributes['gpu.example'].type != 'gpu'", want: true },
  {
    case: "one of two",
    cel: "device.driver == 'gpu.example' || device.driver == 'x' && device.driver == 'nic.example'",
    want: true,
  },
])("$case", ({ cel, want }) => {
  const equations = equationsOf([{ cel: { expression: cel } }]);
  expect(isMeant("gpu.example", device, equations)).toBe(want);
});

test("all selectors hold", () => {
  const both = ["device.driver == 'gpu.example'", "device.attributes['gpu.example'].type == 'mig'"];
  expect(equationsOf(both.map((expression) => ({ cel: { expression } })))).toEqual([
    { domain: undefined, name: undefined, value: "gpu.example" },
    { domain: "gpu.example", name: "type", value: "mig" },
  ]);
  expect(equationsOf()).toEqual([]);
});
