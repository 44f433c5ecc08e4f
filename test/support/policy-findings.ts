/** Runs all rules of the baseline pack as the policy server does, but without a server. */
import {
  type Policies,
  type ResourceValidationArgs,
  type StackValidationArgs,
  unknownCheckingProxy,
} from "@pulumi/policy";
import { rules } from "../../policies/packs/baseline/rules.ts";
import type { StackResource } from "../../policies/resources.ts";

export interface Finding {
  readonly rule: string;
  readonly message: string;
}

/** What the pack finds in a stack, in the order of its rules. */
export function findings(resources: readonly StackResource[]): Finding[] {
  return rules.flatMap((rule) =>
    messagesOf(rule, resources).map((message) => ({ rule: rule.name, message })),
  );
}

/** The findings of one rule that is expected to speak alone. */
export function only(rule: { name: string }, messages: readonly string[]): Finding[] {
  return messages.map((message) => ({ rule: rule.name, message }));
}

function messagesOf(rule: Policies[number], resources: readonly StackResource[]): string[] {
  const messages: string[] = [];
  const report = (message: string) => void messages.push(message);
  const notApplicable = () => {
    throw new NotApplicable();
  };
  const proxied = resources.map((resource) => ({ ...resource, props: unknownCheckingProxy(resource.props) }));
  try {
    if ("validateStack" in rule) {
      rule.validateStack({ resources: proxied, notApplicable } as unknown as StackValidationArgs, report);
    } else {
      for (const resource of proxied) {
        for (const validate of [rule.validateResource].flat()) {
          validate?.({ ...resource, notApplicable } as unknown as ResourceValidationArgs, report);
        }
      }
    }
  } catch (error) {
    if (!(error instanceof NotApplicable)) throw error;
  }
  return messages;
}

class NotApplicable extends Error {}
