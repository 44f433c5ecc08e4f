/** Address ranges of a network's zones: each zone's are its own, whatever zones come or go. */

export interface ZoneRanges {
  readonly zone: string;
  /** Nodes and pods. */
  readonly nodes: string;
  /** What has an address on the internet. */
  readonly public: string;
  /** Addresses of AWS's services. */
  readonly services: string;
}

/** Zones whose letter has a range: a to g. */
export const zoneLetters = "abcdefg";

/**
 * By the letter of the zone and not by its place in a list, so that a new zone moves no other. Of a /16: a
 * /19 for nodes, and a /24 each for the other two out of the last eighth.
 */
export function zoneRanges(network: string, zone: string): ZoneRanges {
  const slot = zoneLetters.indexOf(zone.at(-1) ?? "");
  if (slot === -1) throw new Error(`${zone} has no range in ${network}`);
  const prefix = network.split(".").slice(0, 2).join(".");
  return {
    zone,
    nodes: `${prefix}.${slot * 32}.0/19`,
    public: `${prefix}.${224 + slot}.0/24`,
    services: `${prefix}.${240 + slot}.0/24`,
  };
}
