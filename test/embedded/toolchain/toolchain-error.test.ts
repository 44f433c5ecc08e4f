import { expect, test } from "vitest";
import { ToolchainError } from "../../../embedded/toolchain/toolchain-error.ts";

test("the code is what a program acts on, the message what a person reads", () => {
  const error = new ToolchainError("go-missing", "Go is not installed.");
  expect({ code: error.code, text: String(error) }).toEqual({
    code: "go-missing",
    text: "ToolchainError: Go is not installed.",
  });
});
