/** Where in a character of UTF-8 a run of bytes stops, by Unicode's table of well-formed ones (3.9). */

/** Between two characters. */
export const betweenCharacters = 0;
export const notUtf8 = -1;

/** What may follow: bytes of these bounds, and the state behind them. */
interface Step {
  readonly from: number;
  readonly to: number;
  readonly state: number;
}

const [oneMore, twoMore, threeMore, afterE0, afterEd, afterF0, afterF4] = [1, 2, 3, 4, 5, 6, 7];

const table: readonly (readonly Step[])[] = [
  [
    { from: 0x00, to: 0x7f, state: betweenCharacters },
    { from: 0xc2, to: 0xdf, state: oneMore },
    { from: 0xe0, to: 0xe0, state: afterE0 },
    { from: 0xed, to: 0xed, state: afterEd },
    { from: 0xe1, to: 0xef, state: twoMore },
    { from: 0xf0, to: 0xf0, state: afterF0 },
    { from: 0xf1, to: 0xf3, state: threeMore },
    { from: 0xf4, to: 0xf4, state: afterF4 },
  ],
  [{ from: 0x80, to: 0xbf, state: betweenCharacters }],
  [{ from: 0x80, to: 0xbf, state: oneMore }],
  [{ from: 0x80, to: 0xbf, state: twoMore }],
  [{ from: 0xa0, to: 0xbf, state: oneMore }],
  [{ from: 0x80, to: 0x9f, state: oneMore }],
  [{ from: 0x90, to: 0xbf, state: twoMore }],
  [{ from: 0x80, to: 0x8f, state: twoMore }],
];

/** The state behind these bytes, or notUtf8. */
export function utf8StateAfter(state: number, bytes: Uint8Array): number {
  let at = state;
  for (const byte of bytes) {
    at = table[at]?.find(({ from, to }) => byte >= from && byte <= to)?.state ?? notUtf8;
    if (at === notUtf8) return notUtf8;
  }
  return at;
}
