/** `runtime quantize`: a model in, the same model with weights of fewer bits out. */
import { parseArgs } from "node:util";
import { z } from "zod";
import { quantiseModel } from "../models/quantise.ts";
import type { WeightFormat } from "../models/quantization.ts";
import { SettingsError } from "../settings.ts";

const flags = {
  model: { type: "string" },
  to: { type: "string" },
  weights: { type: "string" },
  group: { type: "string" },
} as const;

const groups = ["32", "64", "128"] as const;
const usualGroup = 128;

const given = z
  .strictObject({
    model: z.string().min(1),
    to: z.string().min(1),
    weights: z.enum(["int8", "int4"]),
    group: z.enum(groups).optional(),
  })
  .refine(({ weights, group }) => weights === "int4" || group === undefined, {
    path: ["group"],
    message: "int8 weights have one scale for each row, and no groups",
  });

export async function quantize(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: flags });
  const { data, error } = given.safeParse({ ...values });
  if (!data) {
    const lines = error.issues.map(({ path, message }) => `  --${path.join(".")}: ${message}`);
    throw new SettingsError(`quantize cannot be done so\n${lines.join("\n")}`);
  }
  const { model, to, weights, group = usualGroup } = data;
  const format: WeightFormat =
    weights === "int8" ? { bits: 8, isPacked: true } : { bits: 4, isPacked: true, group: Number(group) };
  const { bytesBefore, bytesAfter, matrices } = quantiseModel(model, to, format);
  const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  process.stdout.write(
    `${to}: ${matrices} matrices as ${weights}, ${mebibytes(bytesBefore)} became ${mebibytes(bytesAfter)}\n`,
  );
  return 0;
}
