import { expect, test } from "vitest";
import { SaidText } from "../../../runtime/server/said-text.ts";
import { byteText } from "../../support/runtime/byte-text.ts";

const tokens = (text: string) => Int32Array.from(Buffer.from(text));

test("each choice with its prompt and the answer so far", () => {
  const said = new SaidText(100);
  said.asked(byteText, tokens("why"));
  said.asked(byteText, tokens("why"));
  said.answered(1, "be");
  said.answered(0, "no");
  said.answered(1, "cause");
  expect(said.choices).toEqual([
    { prompt: "why", answer: "no" },
    { prompt: "why", answer: "because" },
  ]);
});

test("no more characters than may be told, all choices together", () => {
  const said = new SaidText(5);
  said.asked(byteText, tokens("why"));
  said.answered(0, "because");
  said.asked(byteText, tokens("how"));
  said.answered(1, "so");
  expect(said.choices).toEqual([
    { prompt: "why", answer: "be" },
    { prompt: "", answer: "" },
  ]);
});
