/**
 * Who has had least of the engine: tokens are counted by tenant, and the next place goes to the smallest
 * count. A tenant that comes back has no credit for the time in which it asked for nothing (Sheng et al.,
 * Fairness in Serving Large Language Models, OSDI 2024).
 */
export class FairShare {
  private readonly served = new Map<string, number>();
  private readonly active = new Map<string, number>();

  /** One request more that waits or runs. */
  enter(tenant: string): void {
    const requests = this.active.get(tenant) ?? 0;
    if (requests === 0) {
      const others = [...this.active.keys()].map((name) => this.of(name));
      const least = others.length === 0 ? 0 : Math.min(...others);
      this.served.set(tenant, Math.max(this.of(tenant), least));
    }
    this.active.set(tenant, requests + 1);
  }

  /** One request less; of who asks for nothing any more only the count is kept while others are counted. */
  leave(tenant: string): void {
    const requests = (this.active.get(tenant) ?? 0) - 1;
    if (requests > 0) this.active.set(tenant, requests);
    else this.active.delete(tenant);
    if (this.active.size === 0) this.served.clear();
  }

  charge(tenant: string, tokens: number): void {
    this.served.set(tenant, this.of(tenant) + tokens);
  }

  of(tenant: string): number {
    return this.served.get(tenant) ?? 0;
  }
}
