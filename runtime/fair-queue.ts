/** What waits by whose it is: one after the other has a turn, and who has most there gives way to others. */
export class FairQueue<Item> {
  private readonly most: number;
  /** By owner, whose turn is next first; none of them is empty. */
  private readonly owners = new Map<string, Item[]>();
  private count = 0;

  constructor(most: number) {
    this.most = most;
  }

  get size(): number {
    return this.count;
  }

  /** What had to give way: the item itself, or the newest one of whose owner has more; undefined: nothing. */
  add(owner: string, item: Item): Item | undefined {
    const own = this.owners.get(owner) ?? [];
    const crowded = this.count < this.most ? undefined : this.largestOver(own.length + 1);
    if (this.count >= this.most && crowded === undefined) return item;
    const givenWay = crowded?.pop();
    if (own.length === 0) this.owners.set(owner, own);
    own.push(item);
    if (crowded === undefined) this.count += 1;
    return givenWay;
  }

  /** The oldest one of whose turn it is. */
  take(): Item | undefined {
    const [first] = this.owners;
    if (first === undefined) return undefined;
    const [owner, own] = first;
    const item = own.shift();
    this.count -= 1;
    this.owners.delete(owner);
    // Behind all others.
    if (own.length > 0) this.owners.set(owner, own);
    return item;
  }

  /** By owner, whose turn is next first, and of each the oldest first. */
  *[Symbol.iterator](): Iterator<Item> {
    for (const own of this.owners.values()) yield* own;
  }

  /** Whether it waited. */
  remove(item: Item): boolean {
    for (const [owner, own] of this.owners) {
      const place = own.indexOf(item);
      if (place < 0) continue;
      own.splice(place, 1);
      this.count -= 1;
      if (own.length === 0) this.owners.delete(owner);
      return true;
    }
    return false;
  }

  /** Of owners that have more than so many, the items of the one who has most. */
  private largestOver(items: number): Item[] | undefined {
    let largest: Item[] | undefined;
    for (const own of this.owners.values()) if (own.length > (largest?.length ?? items)) largest = own;
    return largest;
  }
}
