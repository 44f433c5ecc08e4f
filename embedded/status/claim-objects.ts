/** The fields of resource.k8s.io/v1 objects that the status reads (k8s.io/api 0.36). */
import type { KubeObject } from "../cluster/kube-api.ts";

type Values = Readonly<Record<string, { readonly value: string }>>;

export interface ResourceSlice extends KubeObject {
  readonly spec: {
    readonly driver: string;
    readonly nodeName?: string;
    readonly devices?: readonly {
      readonly name: string;
      readonly attributes?: Readonly<Record<string, { readonly string?: string }>>;
      readonly capacity?: Values;
      readonly allowMultipleAllocations?: boolean;
    }[];
    readonly sharedCounters?: readonly { readonly name: string; readonly counters: Values }[];
  };
}

export interface ResourceClaim extends KubeObject {
  readonly status?: {
    readonly allocation?: {
      readonly devices?: {
        readonly results?: readonly {
          readonly driver: string;
          readonly pool: string;
          readonly device: string;
          readonly consumedCapacity?: Readonly<Record<string, string>>;
        }[];
      };
    };
    readonly reservedFor?: readonly { readonly name: string }[];
  };
}

export interface ResourceClaimTemplate extends KubeObject {
  readonly spec: {
    readonly spec: {
      readonly devices?: {
        readonly requests?: readonly { readonly exactly?: { readonly count?: number } }[];
      };
    };
  };
}
