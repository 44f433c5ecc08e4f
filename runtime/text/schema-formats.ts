/** Formats of strings as patterns, for those that a pattern says whole. */

const day = [
  String.raw`(0[13578]|1[02])-(0[1-9]|[12]\d|3[01])`,
  String.raw`(0[469]|11)-(0[1-9]|[12]\d|30)`,
  String.raw`02-(0[1-9]|1\d|2[0-8])`,
].join("|");
/** The 29th of February is left out: whether there is one depends on the year. */
const date = String.raw`\d\d\d\d-(${day})`;
const hour = String.raw`([01]\d|2[0-3]):[0-5]\d`;
const time = String.raw`${hour}:[0-5]\d(\.\d\d\d)?(Z|[+-]${hour})`;
const byte = String.raw`(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const hex = (digits: number) => "[0-9a-f]".repeat(digits);
const label = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?";

const patterns: Readonly<Record<string, string>> = {
  date,
  time,
  "date-time": `${date}T${time}`,
  uuid: [8, 4, 4, 4, 12].map(hex).join("-"),
  ipv4: String.raw`${byte}\.${byte}\.${byte}\.${byte}`,
  email: String.raw`[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@(${label}\.)+${label}`,
};

/** The pattern of a format (RFC 3339, 4122, 2673 and 5321); undefined of those that have none here. */
export function formatPattern(format: unknown): string | undefined {
  const known = typeof format === "string" && Object.hasOwn(patterns, format);
  return known ? `^${patterns[format]}$` : undefined;
}
