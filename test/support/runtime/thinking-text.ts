/** The byte text of a model that thinks: in every answer if it likes, or in one that its prompt has begun. */
import type { TextModel } from "../../../runtime/server/text.ts";
import { ThoughtReader } from "../../../runtime/text/thoughts.ts";
import { byteText } from "./byte-text.ts";

const marks = { open: "<think>", close: "</think>" };

export function thinkingText(isOpen: boolean): TextModel {
  return {
    ...byteText,
    thinks: true,
    thoughtAfter: () => ({
      reader: (answer) => new ThoughtReader(marks, isOpen, answer),
      grammar: (grammar) => ({ type: "after-thought", ...marks, isOpen, grammar }),
    }),
  };
}
