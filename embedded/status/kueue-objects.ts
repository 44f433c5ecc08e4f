/** The fields of Kueue's v1beta2 objects that the status reads (sigs.k8s.io/kueue 0.19.2, apis/kueue). */
import type { V1PodTemplateSpec } from "@kubernetes/client-node";

interface Metadata {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
}

interface NamespacedMetadata extends Metadata {
  readonly namespace: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly { readonly name: string; readonly kind: string }[];
}

export interface ClusterQueue {
  readonly metadata: Metadata;
  readonly spec: {
    readonly resourceGroups: readonly {
      readonly flavors: readonly {
        readonly resources: readonly { readonly name: string; readonly nominalQuota: string | number }[];
      }[];
    }[];
  };
  readonly status?: {
    readonly conditions?: readonly WorkloadCondition[];
    readonly pendingWorkloads?: number;
    readonly flavorsReservation?: readonly {
      readonly resources: readonly {
        readonly name: string;
        readonly total: string;
        readonly borrowed?: string;
      }[];
    }[];
  };
}

export interface LocalQueue {
  readonly metadata: NamespacedMetadata;
  readonly spec: { readonly clusterQueue: string };
}

export interface WorkloadCondition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

export interface Workload {
  readonly metadata: NamespacedMetadata;
  readonly spec: {
    readonly active?: boolean;
    readonly queueName?: string;
    readonly priority?: number;
    readonly podSets: readonly {
      readonly name?: string;
      readonly count: number;
      readonly minCount?: number;
      readonly topologyRequest?: object;
      readonly template: V1PodTemplateSpec;
    }[];
  };
  readonly status?: {
    readonly conditions?: readonly WorkloadCondition[];
    readonly admissionChecks?: readonly CheckState[];
    /** The cluster that it was sent to. */
    readonly clusterName?: string;
  };
}

/** How one check of a workload stands. */
export interface CheckState {
  readonly name: string;
  readonly state: "Pending" | "Ready" | "Retry" | "Rejected";
  readonly message: string;
}

export interface MultiKueueCluster {
  readonly metadata: Metadata;
  readonly status?: { readonly conditions?: readonly WorkloadCondition[] };
}
