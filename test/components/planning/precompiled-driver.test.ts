import { expect, test } from "vitest";
import {
  type PrecompiledDriver,
  precompiledProblems,
  precompiledTag,
} from "../../../components/planning/precompiled-driver.ts";

const valid: PrecompiledDriver = {
  system: "ubuntu22.04",
  branch: 535,
  kernel: "5.15.0-117-generic",
  published: ["535-5.15.0-116-generic-ubuntu22.04", "535-5.15.0-117-generic-ubuntu22.04"],
};

test("the tag is made from branch, kernel and system", () => {
  expect(precompiledTag("ubuntu22.04", 525, "5.15.0-69-generic")).toBe("525-5.15.0-69-generic-ubuntu22.04");
});

test.each([
  { case: "a pinned kernel with a published image", driver: valid, want: [] },
  {
    case: "a kernel that came before its image (F19)",
    driver: { ...valid, kernel: "5.15.0-118-generic" },
    want: [
      {
        path: ["driver", "kernel"],
        given: "5.15.0-118-generic",
        allowed: `a kernel with a published image: ${valid.published.join(", ")}`,
        remedy: "wait until 535-5.15.0-118-generic-ubuntu22.04 is published, or pin an older kernel",
      },
    ],
  },
  {
    case: "nodes that take kernel updates (F19)",
    driver: { ...valid, kernel: undefined },
    want: [
      {
        path: ["driver", "kernel"],
        given: "nothing: the nodes take kernel updates",
        allowed: "the one kernel that the nodes stay on",
        remedy: "pin the kernel of the machine image, or let the operator compile the driver",
      },
    ],
  },
  {
    case: "a kernel that no image is ever made for",
    driver: { ...valid, kernel: "6.5.0-35-generic" },
    want: [
      {
        path: ["driver", "kernel"],
        given: "6.5.0-35-generic of ubuntu22.04",
        allowed: "5.15, 6.8, each as generic, nvidia, azure, aws, oracle",
        remedy: "choose one of these kernels, or let the operator compile the driver",
      },
    ],
  },
  {
    case: "a flavour that no image is ever made for",
    driver: { ...valid, kernel: "5.15.0-117-lowlatency" },
    want: [
      {
        path: ["driver", "kernel"],
        given: "5.15.0-117-lowlatency of ubuntu22.04",
        allowed: "5.15, 6.8, each as generic, nvidia, azure, aws, oracle",
        remedy: "choose one of these kernels, or let the operator compile the driver",
      },
    ],
  },
  {
    case: "a branch that is not made for this system",
    driver: { ...valid, system: "ubuntu24.04", kernel: "6.8.0-60-generic" },
    want: [
      {
        path: ["driver", "branch"],
        given: "535",
        allowed: "570, 580, for kernel 6.8 of ubuntu24.04",
        remedy: "choose one of these branches, or let the operator compile the driver",
      },
    ],
  },
] as const satisfies { case: string; driver: PrecompiledDriver; want: unknown[] }[])("$case", (row) => {
  expect(precompiledProblems(["driver"], row.driver)).toEqual(row.want);
});
