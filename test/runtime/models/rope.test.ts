import { expect, test } from "vitest";
import { readLocalRope, readRope, ropeScale, ropeTurns } from "../../../runtime/models/rope.ts";

const llama3 = {
  rope_type: "llama3",
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8192,
};

const scaling = {
  type: "llama3",
  factor: 8,
  lowFreqFactor: 1,
  highFreqFactor: 4,
  originalTokens: 8192,
} as const;

const plain = { type: "default" };

test.each([
  { case: "nothing", config: {}, want: { ropeTheta: 10000, ropeScaling: plain } },
  {
    case: "nulls",
    config: { rope_theta: null, rope_scaling: null },
    want: { ropeTheta: 10000, ropeScaling: plain },
  },
  { case: "theta alone", config: { rope_theta: 1e6 }, want: { ropeTheta: 1e6, ropeScaling: plain } },
  {
    case: "theta among the parameters",
    config: { rope_theta: 5, rope_parameters: { rope_type: "default", rope_theta: 1e6 } },
    want: { ropeTheta: 1e6, ropeScaling: plain },
  },
  {
    case: "parameters before scaling",
    config: { rope_scaling: { type: "linear", factor: 2 }, rope_parameters: { rope_theta: 7 } },
    want: { ropeTheta: 7, ropeScaling: plain },
  },
  {
    case: "the old name of the type",
    config: { rope_theta: 3, rope_scaling: { type: "linear", factor: 2 } },
    want: { ropeTheta: 3, ropeScaling: { type: "linear", factor: 2 } },
  },
  {
    case: "llama3",
    config: { rope_parameters: { ...llama3, rope_theta: 5e5 } },
    want: { ropeTheta: 5e5, ropeScaling: scaling },
  },
  {
    case: "yarn",
    config: {
      rope_scaling: {
        type: "yarn",
        factor: 4,
        original_max_position_embeddings: 128,
        attention_factor: null,
      },
    },
    want: {
      ropeTheta: 10000,
      ropeScaling: {
        type: "yarn",
        factor: 4,
        originalTokens: 128,
        betaFast: 32,
        betaSlow: 1,
        attentionFactor: 0.1 * Math.log(4) + 1,
        isTruncated: true,
      },
    },
  },
])("read: $case", ({ config, want }) => {
  expect(readRope("f", config)).toEqual(want);
});

test.each([
  {
    case: "another type",
    config: { rope_scaling: { rope_type: "longrope" } },
    want: 'f: "rope_scaling.rope_type": longrope is not supported; these are: default, linear, llama3, yarn',
  },
  {
    case: "another type among the parameters",
    config: { rope_parameters: { rope_type: "dynamic" } },
    want: 'f: "rope_parameters.rope_type": dynamic is not',
  },
  { case: "no factor", config: { rope_scaling: { type: "linear" } }, want: 'f: "rope_scaling.factor": ' },
  {
    case: "a factor below one",
    config: { rope_scaling: { type: "linear", factor: 0.5 } },
    want: 'f: "rope_scaling.factor": Too small',
  },
  {
    case: "no original length",
    config: { rope_scaling: { ...llama3, original_max_position_embeddings: undefined } },
    want: 'f: "rope_scaling.original_max_position_embeddings": ',
  },
  {
    case: "low above high",
    config: { rope_scaling: { ...llama3, low_freq_factor: 4 } },
    want: 'f: "rope_scaling.low_freq_factor": Too big',
  },
  {
    case: "a rotation in part",
    config: { rope_parameters: { rope_type: "default", partial_rotary_factor: 0.5 } },
    want: 'f: "rope_parameters.partial_rotary_factor": heads are rotated whole',
  },
  {
    case: "a scale that DeepSeek has",
    config: {
      rope_scaling: { type: "yarn", factor: 4, original_max_position_embeddings: 128, mscale: 1 },
    },
    want: 'f: "rope_scaling.mscale": ',
  },
  { case: "a list", config: { rope_scaling: [] }, want: 'f: "rope_scaling": ' },
  { case: "theta of one", config: { rope_theta: 1 }, want: 'f: "rope_theta": 1 is not above 1' },
])("refused by name: $case", ({ config, want }) => {
  expect(() => readRope("f", config)).toThrow(want);
});

test("turns fall from one radian a position to nearly none", () => {
  const turns = ropeTurns(8, 10000, { type: "default" });
  expect([...turns]).toEqual([1, 0.1, 0.01, 0.001].map(Math.fround));
});

test("a linear factor slows every turn", () => {
  expect([...ropeTurns(4, 100, { type: "linear", factor: 4 })]).toEqual([0.25, 0.025].map(Math.fround));
});

test("llama3 slows the slow turns, leaves the quick ones, and goes over between", () => {
  const turns = ropeTurns(128, 5e5, scaling);
  const before = ropeTurns(128, 5e5, { type: "default" });
  const ratios = [...turns].map((turn, index) => turn / (before[index] ?? 0));
  // Wavelengths of 2,048 and 8,192 positions lie between the pairs 28 and 29, and 34 and 35.
  expect(ratios.slice(0, 29).every((ratio) => ratio === 1)).toBe(true);
  expect(ratios.slice(35).every((ratio) => Math.abs(ratio - 1 / 8) < 1e-7)).toBe(true);
  const between = ratios.slice(29, 35);
  expect(between.every((ratio) => ratio > 1 / 8 && ratio < 1)).toBe(true);
  expect(between).toEqual([...between].sort((a, b) => b - a));
});

test("yarn leaves the quick turns, slows the slow ones, and goes over evenly between", () => {
  const yarn = {
    type: "yarn",
    factor: 4,
    originalTokens: 4096,
    betaFast: 32,
    betaSlow: 1,
    attentionFactor: 1.25,
    isTruncated: true,
  } as const;
  const before = ropeTurns(64, 1e4, { type: "default" });
  const ratios = [...ropeTurns(64, 1e4, yarn)].map((turn, index) => turn / (before[index] ?? 0));
  // Turns that go round 32 times and once in 4,096 positions lie at 10.5 and 22.5: from 10 to 23.
  for (const [index, ratio] of ratios.entries()) {
    const share = Math.min(Math.max((index - 10) / 13, 0), 1);
    expect(ratio).toBeCloseTo(1 - share + share / 4, 6);
  }
  expect([ropeScale(yarn), ropeScale({ type: "default" })]).toEqual([1.25, 1]);
});

test.each([
  { case: "nothing", config: {}, full: [1e6, plain], local: [1e4, plain] },
  {
    case: "before transformers 5",
    config: { rope_theta: 5e5, rope_local_base_freq: 5e3, rope_scaling: { rope_type: "linear", factor: 8 } },
    full: [5e5, { type: "linear", factor: 8 }],
    local: [5e3, plain],
  },
  {
    case: "by type of layer",
    config: {
      rope_parameters: {
        full_attention: { rope_type: "linear", factor: 2 },
        sliding_attention: { rope_type: "default", rope_theta: 7e3 },
      },
    },
    full: [1e6, { type: "linear", factor: 2 }],
    local: [7e3, plain],
  },
])("layers with a window are rotated in their own way: $case", ({ config, full, local }) => {
  const { localRope, ...rope } = readLocalRope("f", config);
  expect([rope, localRope].map(({ ropeTheta, ropeScaling }) => [ropeTheta, ropeScaling])).toEqual([
    full,
    local,
  ]);
});

test("parameters that are not by type of layer are refused there", () => {
  const told = { rope_parameters: { rope_type: "default", rope_theta: 1e6 } };
  expect(() => readLocalRope("f", told)).toThrow('f: "rope_parameters": Unrecognized keys: ');
});
