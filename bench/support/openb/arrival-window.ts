/** Figures at the end of the arrivals: means over their last whole percent, as the published ones are. */

export class ArrivalWindow {
  private readonly capacityMilli: number;
  private readonly last: number;
  private arrivedMilli = 0;
  private allocated = 0;
  private fragments = 0;
  private arrivals = 0;

  constructor(capacityMilli: number, allArrivingMilli: number) {
    this.capacityMilli = capacityMilli;
    this.last = Math.round(this.percent(allArrivingMilli));
  }

  /** What is true after a pod that asks for so much has been placed or rejected. */
  after(askedMilli: number, allocatedMilli: number, fragmentsMilli: () => number): void {
    this.arrivedMilli += askedMilli;
    if (Math.round(this.percent(this.arrivedMilli)) !== this.last) return;
    this.allocated += allocatedMilli;
    this.fragments += fragmentsMilli();
    this.arrivals += 1;
  }

  get figures() {
    return {
      arrivedPercent: this.percent(this.arrivedMilli),
      allocationPercent: this.percent(this.allocated / this.arrivals),
      fragmentPercent: this.percent(this.fragments / this.arrivals),
    };
  }

  private percent(milli: number): number {
    return (milli / this.capacityMilli) * 100;
  }
}
