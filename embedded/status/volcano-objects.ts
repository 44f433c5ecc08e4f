/** The fields of Volcano's objects that the status reads (volcano.sh/apis 1.14.0). */
import type { V1PodTemplateSpec } from "@kubernetes/client-node";

interface Metadata {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
}

type Amounts = Readonly<Record<string, string>>;

export interface VolcanoQueue {
  readonly metadata: Metadata;
  readonly spec: { readonly deserved?: Amounts };
  readonly status?: { readonly allocated?: Amounts };
}

export interface VolcanoJob {
  readonly metadata: Metadata & { readonly namespace: string; readonly uid: string };
  readonly spec: {
    readonly queue: string;
    readonly tasks: readonly { readonly replicas: number; readonly template: V1PodTemplateSpec }[];
  };
  readonly status?: { readonly state?: { readonly phase?: string } };
}

export interface PodGroup {
  readonly metadata: Metadata & {
    readonly namespace: string;
    readonly ownerReferences?: readonly { readonly uid: string }[];
  };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly message?: string }[];
  };
}
