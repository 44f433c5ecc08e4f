/** Schemas of names that Kubernetes will take, refused at the border instead of by the API server. */
import { z } from "zod";

/** A name of a namespace, pool, queue or job; short enough for the names that are built from it. */
export const dnsLabel = z
  .string()
  .max(40)
  .regex(
    /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    "lower-case letters, digits and dashes; begins with a letter and ends with a letter or digit",
  );

/** A MIG profile as nvidia-smi writes it; which ones there are depends on the accelerator. */
export const migProfileName = z
  .string()
  .max(20)
  .regex(/^[1-7]g\.[0-9]{1,3}gb(\+me)?$/, "a MIG profile such as 1g.10gb or 1g.10gb+me");

/** The name of a variable of a container. */
export const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "letters, digits and underscores; begins with no digit");

/** A resource that a device plugin offers: neither Kubernetes' own nor a name that quotas have taken. */
export const extendedResourceName = z
  .string()
  .max(253)
  .regex(
    /^(?!requests\.)(?!(.*\.)?kubernetes\.io\/)[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/[A-Za-z0-9][-A-Za-z0-9_.]*$/,
    "an extended resource: <domain>/<name>, such as rdma/ib, and none of kubernetes.io",
  );

/** The value of a label. */
export const labelValue = z
  .string()
  .min(1)
  .max(63)
  .regex(
    /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/,
    "letters, digits, dashes, dots and underscores; begins and ends with a letter or digit",
  );

/** The key of a label: a name, or a name under a domain. */
export const labelKey = z
  .string()
  .min(1)
  .max(317)
  .regex(
    /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
    "a label's key: <name> or <domain>/<name>",
  );
