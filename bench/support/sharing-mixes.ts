/** Mixes of jobs for which a sharing mode is to be chosen; their activity is typical, not measured here. */
import { type SharedAccelerator, sharedAccelerator } from "../../components/planning/sharing-accelerator.ts";
import type { JobKind } from "../../components/planning/sharing-advice-simulation.ts";

export const h100 = sharedAccelerator("nvidia-h100-80gb-sxm");
/** An accelerator without MIG. */
export const l40s = sharedAccelerator("nvidia-l40s");

export interface SharingMix {
  readonly case: string;
  readonly accelerator: SharedAccelerator;
  readonly kinds: readonly JobKind[];
  readonly p95WaitSeconds: number;
}

const training: JobKind = {
  name: "training",
  memoryGiB: 70,
  engineActive: 0.98,
  smActive: 0.9,
  dramActive: 0.5,
  needs: {},
  arrivalsPerHour: 1,
  meanDurationSeconds: 14_400,
};
const notebook: JobKind = {
  name: "notebook",
  memoryGiB: 8,
  engineActive: 0.06,
  smActive: 0.03,
  dramActive: 0.02,
  needs: {},
  arrivalsPerHour: 12,
  meanDurationSeconds: 7200,
};
const smallInference: JobKind = {
  name: "small-inference",
  memoryGiB: 9,
  engineActive: 0.3,
  smActive: 0.03,
  dramActive: 0.03,
  needs: {},
  arrivalsPerHour: 20,
  meanDurationSeconds: 3600,
};
const finetuning: JobKind = {
  name: "finetuning",
  memoryGiB: 30,
  engineActive: 0.85,
  smActive: 0.35,
  dramActive: 0.3,
  needs: {},
  arrivalsPerHour: 6,
  meanDurationSeconds: 3600,
};

/** A slice of each size for every two of the smallest. */
const tenants: readonly JobKind[] = [
  { name: "small", memoryGiB: 9, arrivalsPerHour: 40 },
  { name: "middle", memoryGiB: 18, arrivalsPerHour: 20 },
  { name: "large", memoryGiB: 38, arrivalsPerHour: 20 },
].map((size) => ({ ...smallInference, ...size, needs: { memory: true, fault: true } }));

export const sharingMixes: readonly SharingMix[] = [
  { case: "training that fills the card", accelerator: h100, kinds: [training], p95WaitSeconds: 3600 },
  { case: "notebooks of one team", accelerator: h100, kinds: [notebook], p95WaitSeconds: 60 },
  {
    case: "notebooks of one team on a card without MIG",
    accelerator: l40s,
    kinds: [notebook],
    p95WaitSeconds: 60,
  },
  {
    case: "small models of several tenants",
    accelerator: h100,
    kinds: [{ ...smallInference, needs: { memory: true, fault: true, performance: true } }],
    p95WaitSeconds: 60,
  },
  {
    case: "narrow kernels of one trusted team",
    accelerator: h100,
    kinds: [{ ...smallInference, engineActive: 0.9, smActive: 0.1, dramActive: 0.1 }],
    p95WaitSeconds: 60,
  },
  {
    case: "a service that must not be slowed down, beside notebooks",
    accelerator: h100,
    kinds: [{ ...smallInference, smActive: 0.15, slowdownMax: 1.1, needs: { performance: true } }, notebook],
    p95WaitSeconds: 60,
  },
  {
    case: "finetuning of half a card, beside notebooks",
    accelerator: h100,
    kinds: [finetuning, { ...notebook, memoryGiB: 9 }],
    p95WaitSeconds: 600,
  },
  {
    case: "services of one team that want a third of the card each",
    accelerator: h100,
    kinds: [
      {
        ...smallInference,
        name: "service",
        memoryGiB: 15,
        engineActive: 0.9,
        smActive: 0.29,
        dramActive: 0.1,
        slowdownMax: 1.2,
      },
    ],
    p95WaitSeconds: 300,
  },
  {
    case: "models of tenants in three sizes",
    accelerator: h100,
    kinds: tenants,
    p95WaitSeconds: 300,
  },
  {
    case: "finetuning that wants few multiprocessors on a card without MIG",
    accelerator: l40s,
    kinds: [{ ...finetuning, memoryGiB: 20 }],
    p95WaitSeconds: 600,
  },
];
