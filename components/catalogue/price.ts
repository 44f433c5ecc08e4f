/** What a price of a machine is told by: the kind of capacity, the region, the day. */

export const capacityTypes = ["on-demand", "spot", "reserved-1y", "reserved-3y"] as const;

/** Reserved: paid for one or three years, used or not. */
export type CapacityType = (typeof capacityTypes)[number];

export interface Price {
  readonly capacity: CapacityType;
  readonly region: string;
  /** Of one machine, with its accelerators. */
  readonly usdPerHour: number;
  readonly source: string;
  /** Day on which the source had it, as year-month-day. */
  readonly date: string;
}

/** A month as the source of Google's prices reckons it: a year of 8760 hours in twelve. */
export const hoursPerMonth = 730;
