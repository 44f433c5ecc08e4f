/** What an object store answers for the platform: where the pods of teams keep what outlives them. */
import type * as pulumi from "@pulumi/pulumi";

export interface ObjectStore {
  /** Networks by which pods reach it, and the port there; teams may reach nothing else outside. */
  readonly egress: StoreEgress;
  /** Lets a team in: to its own folder, and to no other. */
  grant(team: GrantedTeam, opts: pulumi.CustomResourceOptions): StoreGrant;
}

export interface StoreEgress {
  readonly cidrs: readonly string[];
  readonly port: number;
  /** Where pods without keys learn who they are. Default: nowhere. */
  readonly identity?: readonly { readonly cidr: string; readonly port: number }[];
}

export interface GrantedTeam {
  /** Also the team's name. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What pods of a team are given to use the store. */
export interface StoreGrant {
  /** The team's own folder, such as s3://bucket/prefix/research. */
  readonly url: string;
  /** Variables by which clients find the store; none is secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where pods have no identity of their own: the Secret of the team's namespace with its keys. */
  readonly secret?: StoreSecret;
  /** What must exist before a pod can use the store. */
  readonly resources: readonly pulumi.Resource[];
}

export interface StoreSecret {
  readonly name: string;
  /** Keys of the Secret by the variables from which clients read them. */
  readonly keys: Readonly<Record<string, string>>;
}
