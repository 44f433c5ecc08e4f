/** Driver containers made for one kernel: refused where nobody publishes one for that of the nodes. */
import {
  type PrecompiledSystem,
  precompiledDrivers,
  precompiledFlavours,
} from "../catalogue/driver-support.ts";
import type { Path, Problem } from "./problem.ts";
import { minorVersion } from "./version-order.ts";

export interface PrecompiledDriver {
  /** Operating system of the nodes, as the tag names it. */
  readonly system: PrecompiledSystem;
  /** Branch of the driver, such as 580. */
  readonly branch: number;
  /** Name of the one kernel that the nodes stay on; left out where they take updates. */
  readonly kernel?: string;
  /** Tags that the registry was seen to have. */
  readonly published: readonly string[];
}

/** The image's tag: it names the kernel that runs, so every update of the kernel asks for a new image. */
export function precompiledTag(system: PrecompiledSystem, branch: number, kernel: string): string {
  return `${branch}-${kernel}-${system}`;
}

/** The first thing that keeps the driver's pods from finding their image. */
export function precompiledProblems(path: Path, driver: PrecompiledDriver): Problem[] {
  const { system, branch, kernel, published } = driver;
  if (kernel === undefined) {
    return [
      {
        path: [...path, "kernel"],
        given: "nothing: the nodes take kernel updates",
        allowed: "the one kernel that the nodes stay on",
        remedy: "pin the kernel of the machine image, or let the operator compile the driver",
      },
    ];
  }
  const kernels: Readonly<Record<string, readonly number[]>> = precompiledDrivers[system].kernels;
  const branches = kernels[minorVersion(kernel)] ?? [];
  const flavour = kernel.split("-").at(-1) ?? "";
  if (branches.length === 0 || !precompiledFlavours.some((known) => known === flavour)) {
    return [
      {
        path: [...path, "kernel"],
        given: `${kernel} of ${system}`,
        allowed: `${Object.keys(kernels).join(", ")}, each as ${precompiledFlavours.join(", ")}`,
        remedy: "choose one of these kernels, or let the operator compile the driver",
      },
    ];
  }
  if (!branches.includes(branch)) {
    return [
      {
        path: [...path, "branch"],
        given: String(branch),
        allowed: `${branches.join(", ")}, for kernel ${minorVersion(kernel)} of ${system}`,
        remedy: "choose one of these branches, or let the operator compile the driver",
      },
    ];
  }
  const tag = precompiledTag(system, branch, kernel);
  if (published.includes(tag)) return [];
  return [
    {
      path: [...path, "kernel"],
      given: kernel,
      allowed: `a kernel with a published image: ${published.join(", ") || "none was named"}`,
      remedy: `wait until ${tag} is published, or pin an older kernel`,
    },
  ];
}
