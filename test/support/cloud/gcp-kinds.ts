/** What the provider of Google Cloud replaces, names and tells, of the kinds that a stack has. */
import type { Cloud } from "./kinds.ts";

/** Replacements: ForceNew of hashicorp/terraform-provider-google, google/services/compute. */
export const gcpCloud: Cloud = {
  kinds: {
    "gcp:compute/network:Network": {
      replacedBy: ["name", "autoCreateSubnetworks", "description", "project"],
      named: "name",
    },
  },
  inventions: [[/^selfLink$/, ({ token, id }) => `https://www.googleapis.com/${token}/${id}`]],
  functions: {},
};
