import type { V1NetworkPolicySpec } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import {
  namespacesWithoutDefaultDeny,
  requireDefaultDeny,
} from "../../../policies/tenancy/require-default-deny.ts";
import { findings, only } from "../../support/policy-findings.ts";
import { makeResource, makeTeam } from "../../support/policy-objects.ts";

const { defaultDeny: _, ...rest } = makeTeam();
const both = ["Ingress", "Egress"];
const open = (types: string) =>
  `Namespace "vision": nothing denies ${types} of team "vision" by default; add a NetworkPolicy with an ` +
  "empty podSelector, policyTypes Ingress and Egress, and no rules.";

test.each<{ case: string; specs: V1NetworkPolicySpec[]; namespace?: string; want: string[] }>([
  { case: "one policy", specs: [{ podSelector: {}, policyTypes: both }], want: [] },
  {
    case: "empty lists",
    specs: [{ podSelector: { matchLabels: {} }, policyTypes: both, ingress: [], egress: [] }],
    want: [],
  },
  {
    case: "one policy for each direction",
    specs: [{ podSelector: {} }, { podSelector: {}, policyTypes: ["Egress"] }],
    want: [],
  },
  {
    case: "beside a policy that allows",
    specs: [
      { podSelector: {}, policyTypes: both },
      { podSelector: {}, policyTypes: both, egress: [{}] },
    ],
    want: [],
  },
  { case: "no policy", specs: [], want: [open("Ingress and Egress")] },
  { case: "ingress only", specs: [{ podSelector: {}, policyTypes: ["Ingress"] }], want: [open("Egress")] },
  { case: "no types", specs: [{ podSelector: {} }], want: [open("Egress")] },
  {
    case: "egress allowed",
    specs: [{ podSelector: {}, policyTypes: both, egress: [{}] }],
    want: [open("Egress")],
  },
  {
    case: "ingress allowed",
    specs: [{ podSelector: {}, policyTypes: both, ingress: [{}] }],
    want: [open("Ingress")],
  },
  {
    case: "some pods only",
    specs: [{ podSelector: { matchLabels: { app: "a" } }, policyTypes: both }],
    want: [open("Ingress and Egress")],
  },
  {
    case: "another namespace",
    specs: [{ podSelector: {}, policyTypes: both }],
    namespace: "b",
    want: [open("Ingress and Egress")],
  },
])("$case", ({ specs, namespace = "vision", want }) => {
  const policies = specs.map((spec, index) =>
    makeResource("networking.k8s.io/v1:NetworkPolicy", { metadata: { name: `p${index}`, namespace }, spec }),
  );
  const stack = [...Object.values(rest), ...policies];
  const problems = want.map((message) => ({ message, urn: "urn:Namespace/vision" }));
  expect([...namespacesWithoutDefaultDeny(stack)]).toEqual(problems);
  expect(findings(stack)).toEqual(only(requireDefaultDeny, want));
});
