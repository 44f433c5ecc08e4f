import { expect, test } from "vitest";
import { chatLogprobs, completionLogprobs } from "../../../runtime/server/logprobs.ts";
import { byteText } from "../../support/runtime/byte-text.ts";

const tokens = [
  {
    ...{ token: 104, offset: 0, characters: 0, logprob: -0.25 },
    top: [{ token: 105, logprob: Number.NEGATIVE_INFINITY }],
  },
  { token: 0xc3, offset: 2, characters: 1, logprob: -1 },
];

test("of a chat, with bytes and alternatives", () => {
  expect(chatLogprobs(byteText, tokens)).toEqual({
    content: [
      {
        token: "h",
        bytes: [104],
        logprob: -0.25,
        top_logprobs: [{ token: "i", bytes: [105], logprob: -9999 }],
      },
      { token: "\ufffd", bytes: [0xc3], logprob: -1, top_logprobs: [] },
    ],
    refusal: null,
  });
});

test("of a completion, as lists", () => {
  expect(completionLogprobs(byteText, tokens)).toEqual({
    tokens: ["h", "\ufffd"],
    token_logprobs: [-0.25, -1],
    top_logprobs: [{ i: -9999 }, {}],
    text_offset: [0, 1],
  });
});
