/** The parts of Kubernetes objects that say what a node has and what a pod takes. */
import type { KubeObject } from "../cluster/kube-api.ts";

type Quantities = Readonly<Record<string, string>>;

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

export interface ResourceSlice extends KubeObject {
  spec: {
    driver: string;
    nodeName?: string;
    pool: { name: string };
    devices?: readonly {
      name: string;
      capacity?: Readonly<Record<string, { value: string }>>;
    }[];
  };
}

export interface ResourceClaim extends KubeObject {
  spec: {
    devices?: {
      requests?: readonly {
        exactly?: { count?: number; capacity?: { requests?: Quantities } };
      }[];
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
