/** Names of MIG profiles, also of GPUs whose placements and engines nobody has published. */
import type { AcceleratorSpecId } from "./accelerator-specs.ts";
import type { GpuSpecId, gpuSpecs } from "./gpu-specs.ts";
import type { MigAcceleratorId } from "./hardware.ts";
import { migGeometries } from "./mig-profiles.ts";
import { type Known, unknown } from "./unknown.ts";

/** GPUs with MIG of which mig-profiles.ts has no geometry. */
type NamedAlone = Exclude<
  { [Id in GpuSpecId]: (typeof gpuSpecs)[Id]["mig"] extends true ? Id : never }[GpuSpecId],
  MigAcceleratorId
>;

/**
 * NVIDIA/gpu-operator assets/state-mig-manager/0400_configmap.yaml @a22dbf6; of the RTX PRO 6000 also the MIG
 * user guide, supported profiles. Checked 2026-11-20.
 */
const names: { readonly [Id in NamedAlone]: Known<readonly string[]> } = {
  "nvidia-b300-sxm": sevenths("34", "67", "135", "269"),
  "nvidia-gb200": sevenths("23", "47", "93", "186"),
  "nvidia-gb300": sevenths("35", "70", "139", "278"),
  "nvidia-rtx-pro-6000": [
    "1g.24gb",
    "1g.24gb+gfx",
    "1g.24gb+me.all",
    "1g.24gb-me",
    "2g.48gb",
    "2g.48gb+gfx",
    "2g.48gb+me.all",
    "2g.48gb-me",
    "4g.96gb",
    "4g.96gb+gfx",
  ],
  "nvidia-rtx-pro-4500": unknown("the MIG user guide gives at most two instances, and no names"),
};

/** Profiles of GPUs in sevenths, which have one shape, by the memory of an eighth, two, four and all. */
function sevenths(eighth: string, two: string, four: string, all: string): readonly string[] {
  const smallest = `1g.${eighth}gb`;
  return [
    smallest,
    `${smallest}+me`,
    `1g.${two}gb`,
    `2g.${two}gb`,
    `3g.${four}gb`,
    `4g.${four}gb`,
    `7g.${all}gb`,
  ];
}

/** No names: the accelerator has no MIG. */
export function migProfileNames(accelerator: AcceleratorSpecId): Known<readonly string[]> {
  const geometry = (migGeometries as Partial<Record<AcceleratorSpecId, { profiles: object }>>)[accelerator];
  if (geometry) return Object.keys(geometry.profiles);
  return (names as Partial<Record<AcceleratorSpecId, Known<readonly string[]>>>)[accelerator] ?? [];
}
