/** The parts of Kubernetes objects that say what a node has and what a pod takes. */
import type { KubeObject } from "../cluster/kube-api.ts";

export type Quantities = Readonly<Record<string, string>>;

export interface NodeObject extends KubeObject {
  status?: { allocatable?: Quantities };
}

export interface SchedulablePod extends KubeObject {
  spec?: {
    nodeName?: string;
    schedulerName?: string;
    nodeSelector?: Readonly<Record<string, string>>;
    affinity?: {
      nodeAffinity?: {
        requiredDuringSchedulingIgnoredDuringExecution?: {
          nodeSelectorTerms?: readonly {
            matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
          }[];
        };
      };
    };
    containers?: readonly { resources?: { requests?: Quantities } }[];
    resourceClaims?: readonly { name: string; resourceClaimName?: string }[];
  };
  status?: {
    phase?: string;
    resourceClaimStatuses?: readonly { name: string; resourceClaimName?: string }[];
  };
}

/** Amounts as objects of resource.k8s.io write them. */
export type Values = Readonly<Record<string, { value: string }>>;

export interface Device {
  name: string;
  attributes?: Readonly<Record<string, { string?: string; version?: string }>>;
  capacity?: Readonly<Record<string, { value: string; requestPolicy?: { default?: string } }>>;
  consumesCounters?: readonly { counterSet: string; counters: Values }[];
  allowMultipleAllocations?: boolean;
}

export interface ResourceSlice extends KubeObject {
  spec: {
    driver: string;
    nodeName?: string;
    pool: { name: string };
    devices?: readonly Device[];
    sharedCounters?: readonly { name: string; counters: Values }[];
  };
}

export type Selectors = readonly { cel?: { expression: string } }[];

export interface DeviceClass extends KubeObject {
  spec: { selectors?: Selectors };
}

export interface DeviceRequest {
  deviceClassName?: string;
  selectors?: Selectors;
  count?: number;
  capacity?: { requests?: Quantities };
}

export interface ResourceClaim extends KubeObject {
  spec: {
    devices?: {
      requests?: readonly { exactly?: DeviceRequest; firstAvailable?: readonly DeviceRequest[] }[];
    };
  };
  status?: {
    allocation?: {
      devices?: {
        results?: readonly {
          driver: string;
          pool: string;
          device: string;
          consumedCapacity?: Quantities;
        }[];
      };
    };
  };
}
