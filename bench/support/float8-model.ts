/** A model with floats of 8 bits where another has int8: as many of them, of values that nobody chose. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors } from "../../runtime/models/safetensors.ts";

/** `from` has int8 in bytes, with a scale for each row. */
export function writeFloat8Model(from: string, to: string): void {
  mkdirSync(to);
  writeFileSync(join(to, "config.json"), JSON.stringify(configOf(from)));
  const file = join(from, "model.safetensors");
  const bytes = readFileSync(file);
  const header: Record<string, object> = {};
  const parts: Uint8Array[] = [];
  let begin = 0;
  for (const [name, { type, shape, offset, bytes: length }] of readSafetensors(file)) {
    const data = bytes.subarray(offset, offset + length);
    const isCodes = type === "I8";
    header[name] = {
      dtype: isCodes ? "F8_E4M3" : type,
      shape,
      data_offsets: [begin, begin + length],
    };
    parts.push(isCodes ? data.map(numberOf) : data);
    begin += length;
  }
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(join(to, "model.safetensors"), Buffer.concat([size, text, ...parts]));
}

/** Two of the codes of E4M3 are no numbers. */
function numberOf(code: number): number {
  return (code & 0x7f) === 0x7f ? code - 1 : code;
}

function configOf(directory: string): object {
  const { quantization_config: quantised, ...config } = JSON.parse(
    readFileSync(join(directory, "config.json"), "utf8"),
  );
  const { group_0: group } = quantised.config_groups;
  const weights = { ...group.weights, type: "float" };
  return {
    ...config,
    quantization_config: {
      ...quantised,
      format: "float-quantized",
      config_groups: { group_0: { ...group, weights } },
    },
  };
}
