/** How many guesses were made, and how many of them were right. */
export class DraftCounts {
  private drafts = 0;
  private draftTokens = 0;
  private acceptedTokens = 0;
  private readonly acceptedByPlace: number[] = [];

  /** One sequence's drafts of one step; `accepted` of them were right, and may be -1 where no token came. */
  add(drafts: number, accepted: number): void {
    this.drafts += 1;
    this.draftTokens += drafts;
    while (this.acceptedByPlace.length < drafts) this.acceptedByPlace.push(0);
    for (let place = 0; place < accepted; place += 1) {
      this.acceptedByPlace[place] = (this.acceptedByPlace[place] ?? 0) + 1;
      this.acceptedTokens += 1;
    }
  }

  totals() {
    const { drafts, draftTokens, acceptedTokens, acceptedByPlace } = this;
    return { drafts, draftTokens, acceptedTokens, acceptedByPlace };
  }
}
