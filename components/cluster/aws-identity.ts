/** Rights of AWS for one service account: role, policy and the tie between them are one thing. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface AwsIdentity {
  readonly cluster: pulumi.Input<string>;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly rights: AwsRights;
}

/** AWS's own policy, or statements of a policy of its own. */
export type AwsRights = { readonly policyArn: string } | { readonly statements: readonly AwsStatement[] };

export interface AwsStatement {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: pulumi.Input<string> | readonly pulumi.Input<string>[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The tie exists once the role can do what it shall; nobody names one without the other (F92). */
export function podIdentity(
  name: string,
  { cluster, namespace, serviceAccount, rights }: AwsIdentity,
  opts: pulumi.CustomResourceOptions,
): aws.eks.PodIdentityAssociation {
  const role = serviceRole(name, "pods.eks.amazonaws.com", ["sts:AssumeRole", "sts:TagSession"], opts);
  const given = grant(name, role, rights, opts);
  return new aws.eks.PodIdentityAssociation(
    name,
    { clusterName: cluster, namespace, serviceAccount, roleArn: role.arn },
    pulumi.mergeOptions(opts, { dependsOn: [given] }),
  );
}

/** A role that one service of AWS may take on, called like its resource. */
export function serviceRole(
  name: string,
  service: string,
  actions: readonly string[],
  opts: pulumi.CustomResourceOptions,
): aws.iam.Role {
  const statement = { Effect: "Allow", Principal: { Service: service }, Action: actions };
  return new aws.iam.Role(name, { assumeRolePolicy: document([statement]) }, opts);
}

export function grant(
  name: string,
  role: aws.iam.Role,
  rights: AwsRights,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  if ("policyArn" in rights) {
    return new aws.iam.RolePolicyAttachment(name, { role: role.name, policyArn: rights.policyArn }, opts);
  }
  const policy = pulumi.output(rights.statements).apply((statements) => document(statements));
  return new aws.iam.RolePolicy(name, { role: role.name, policy }, opts);
}

export function document(statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}
