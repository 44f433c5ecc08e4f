/** A credential in a pod's environment is readable by all who may list pods, and lands in state and logs. */
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { containersOf, judgeWorkloads, titleOf, type Workload } from "../workloads.ts";

const credentialName = /password|passwd|token|secret|api[_-]?key|(access|private)[_-]?key$/i;

/** Names that mean something else: counts of tokens, tokenizers, places where a secret lies. */
const harmlessName =
  /tokens|tokeni[sz]|token_id|[_-](file|path|dir|mount|name|ref|url|uri|ttl|len|length|limit|count)$/i;

/** Switches, and references to a variable that comes from elsewhere. */
const harmlessValue = /^(|true|false|yes|no|on|off|\$\([A-Za-z_][\w.-]*\))$/i;

export const forbidPlainSecrets: ResourceValidationPolicy = {
  name: "tenancy-forbid-plain-secrets",
  description: "Credentials reach containers through Secrets.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps: "Put the value into a Secret and set valueFrom.secretKeyRef instead of value.",
  validateResource: judgeWorkloads(plainSecrets),
};

/** Messages never repeat the value. */
export function* plainSecrets(workload: Workload): Generator<string> {
  for (const container of containersOf(workload)) {
    for (const variable of container.env ?? []) {
      if (!credentialName.test(variable.name) || harmlessName.test(variable.name)) continue;
      if (harmlessValue.test(variable.value ?? "")) continue;
      yield `${titleOf(workload, container)} has the variable ${variable.name} in clear; ` +
        "take it from a Secret with valueFrom.secretKeyRef.";
    }
  }
}
