/** Reads the engine's own text: the summary of what changed, and what the policies found. */

/** The rows below the last "Resources:", e.g. "~ 1 updated"; what an `up` did, not what it planned. */
export function changeSummary(output: string): string[] {
  return (output.split("Resources:\n").at(-1)?.split("\n\n")[0] ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

export interface PolicyFinding {
  readonly level: string;
  readonly severity: string;
  readonly rule: string;
  /** Type and name of the resource, as the engine prints them. */
  readonly resource: string;
  /** The rule's description, its finding and its remedy, line by line. */
  readonly text: readonly string[];
}

const findingPattern = /^- \[(\w+)\] \[severity: (\w+)\] {2}(\S+) {2}\((.*)\)$/;

/** What the rows below the first "Policies:" report. */
export function policyFindings(output: string): PolicyFinding[] {
  const findings: (PolicyFinding & { text: string[] })[] = [];
  const section =
    output.split("\nPolicies:\n")[1]?.split(/\n\n?(?:Diagnostics|Outputs|Resources):\n/)[0] ?? "";
  for (const line of section.split("\n").map((row) => row.trim())) {
    const [, level, severity, rule, resource] = findingPattern.exec(line) ?? [];
    if (level && severity && rule && resource) findings.push({ level, severity, rule, resource, text: [] });
    else if (line !== "") findings.at(-1)?.text.push(line);
  }
  return findings;
}
