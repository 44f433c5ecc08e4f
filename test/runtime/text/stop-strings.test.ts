import { expect, test } from "vitest";
import { seededRandom } from "../../../components/planning/random.ts";
import { StopStrings } from "../../../runtime/text/stop-strings.ts";

function run(stops: readonly string[], pieces: readonly string[]) {
  const finder = new StopStrings(stops);
  let text = "";
  for (const piece of pieces) {
    const told = finder.push(piece);
    text += told.text;
    if (told.stop !== undefined) return { text, stop: told.stop };
  }
  return { text: text + finder.end() };
}

test("a stop string across three pieces ends the text before it", () => {
  const finder = new StopStrings(["###"]);
  expect(finder.push("one #")).toEqual({ text: "one " });
  expect(finder.push("#")).toEqual({ text: "" });
  expect(finder.push("# two")).toEqual({ text: "", stop: "###" });
  expect([finder.push("###"), finder.end()]).toEqual([{ text: "" }, ""]);
});

test("what could have been the beginning of one is told once it cannot", () => {
  const finder = new StopStrings(["</answer>"]);
  expect(finder.push("a </ans")).toEqual({ text: "a " });
  expect(finder.push("wo")).toEqual({ text: "</answo" });
  expect(finder.push("<")).toEqual({ text: "" });
  expect(finder.end()).toBe("<");
});

test.each([
  { case: "none", stops: [], pieces: ["abc"], want: { text: "abc" } },
  { case: "empty ones stop nothing", stops: [""], pieces: ["abc"], want: { text: "abc" } },
  { case: "the first that ends", stops: ["bcd", "c"], pieces: ["abcd"], want: { text: "ab", stop: "c" } },
  {
    case: "the longest of those that end together",
    stops: ["c", "bc"],
    pieces: ["abc"],
    want: { text: "a", stop: "bc" },
  },
  { case: "a beginning within another", stops: ["aab"], pieces: ["aaab"], want: { text: "a", stop: "aab" } },
  {
    case: "one inside another's beginning",
    stops: ["abx", "b"],
    pieces: ["ab"],
    want: { text: "a", stop: "b" },
  },
])("$case", ({ stops, pieces, want }) => {
  expect(run(stops, pieces)).toEqual(want);
});

/** The stop string that ends first, the longest of those, and the text before it. */
function reference(stops: readonly string[], text: string) {
  const found = stops
    .filter((stop) => stop !== "" && text.includes(stop))
    .map((stop) => ({ stop, end: text.indexOf(stop) + stop.length }))
    .sort((a, b) => a.end - b.end || b.stop.length - a.stop.length);
  const [first] = found;
  return first ? { text: text.slice(0, first.end - first.stop.length), stop: first.stop } : { text };
}

test("20,000 random texts in random pieces: as indexOf has it of the whole", () => {
  const random = seededRandom(3);
  const word = (most: number) =>
    Array.from({ length: random.below(most + 1) }, () => "ab#"[random.below(3)]).join("");
  let stopped = 0;
  for (let turn = 0; turn < 20_000; turn += 1) {
    const stops = Array.from({ length: random.below(4) }, () => word(5));
    const pieces = Array.from({ length: random.below(8) }, () => word(4));
    const want = reference(stops, pieces.join(""));
    expect(run(stops, pieces)).toEqual(want);
    if (want.stop !== undefined) stopped += 1;
  }
  expect(stopped).toBeGreaterThan(5000);
});

test("nothing told is ever part of a stop string, and nothing is held for longer than it must be", () => {
  const random = seededRandom(8);
  for (let turn = 0; turn < 2000; turn += 1) {
    const stops = ["abab", "bba"];
    const finder = new StopStrings(stops);
    let [whole, shown] = ["", ""];
    for (let count = 0; count < 10; count += 1) {
      const letter = "ab"[random.below(2)] ?? "";
      whole += letter;
      const { text, stop } = finder.push(letter);
      shown += text;
      if (stop !== undefined) break;
      const isBeginning = (tail: string) => stops.some((each) => each.startsWith(tail));
      const tails = Array.from({ length: whole.length + 1 }, (_, from) => whole.slice(from));
      expect(whole.slice(shown.length)).toBe(tails.find(isBeginning));
    }
  }
});
