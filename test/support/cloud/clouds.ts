/** The clouds that have a stand-in, by the package of their SDK. */
import { awsCloud } from "./aws-kinds.ts";
import { gcpCloud } from "./gcp-kinds.ts";
import type { Cloud } from "./kinds.ts";

export const clouds: Readonly<Record<string, Cloud>> = { aws: awsCloud, gcp: gcpCloud };
