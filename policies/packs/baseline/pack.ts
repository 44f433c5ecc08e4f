/** Serves the baseline rules to the engine; it does so on import, so tests import rules.ts instead. */
import { PolicyPack } from "@pulumi/policy";
import { rules } from "./rules.ts";

new PolicyPack("plinth-baseline", { policies: rules });
