import { expect, test } from "vitest";
import { Phases } from "../../../runtime/server/phases.ts";

function heard(play: (phases: Phases) => void) {
  const told: (readonly [string, number])[] = [];
  const phase = (name: string, seconds: number) => void told.push([name, seconds]);
  play(new Phases({ phase, perToken: (seconds) => phase("per token", seconds) }));
  return told;
}

test.each<{ case: string; play: (phases: Phases) => void; want: readonly (readonly [string, number])[] }>([
  {
    case: "an answer waits, its prompt is computed, and then itself",
    play: (phases) => {
      phases.takenUp(1000, 1500);
      phases.firstToken(3500);
      phases.ended(4500, 5);
    },
    want: [
      ["queue", 0.5],
      ["prefill", 2],
      ["per token", 0.25],
      ["decode", 1],
      ["inference", 3],
    ],
  },
  {
    case: "one without tokens is a prompt alone",
    play: (phases) => {
      phases.takenUp(1000, 1000);
      phases.ended(2000);
    },
    want: [
      ["queue", 0],
      ["prefill", 1],
      ["inference", 1],
    ],
  },
  {
    case: "of one whose beginning was never told its answer alone is known",
    play: (phases) => {
      phases.firstToken(10);
      phases.ended(10, 1);
    },
    want: [
      ["per token", 0],
      ["decode", 0],
    ],
  },
])("$case", ({ play, want }) => {
  expect(heard(play)).toEqual(want);
});
