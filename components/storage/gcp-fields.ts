/** What the buckets of a platform on Google Cloud may say. */
import { z } from "zod";

export const gcsStoreFields = {
  /** Beginning of the names of the buckets, which nobody else in the world may have. */
  bucketPrefix: z
    .string()
    .min(3)
    .max(50)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])$/, "lower-case letters, digits and dashes"),
  /** Days that a version stays after it was overwritten or deleted. Default: 30. */
  oldVersionDays: z.int().min(1).max(3650).default(30),
  /** Days after which data that nobody reads moves to cheaper classes. Default: true. */
  autoclass: z.boolean().default(true),
};

export const gcsStoreConfig = z.strictObject(gcsStoreFields);
