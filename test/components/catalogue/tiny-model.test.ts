import { expect, test } from "vitest";
import { tinyModel } from "../../../components/catalogue/tiny-model.ts";
import { readModelConfig } from "../../../components/planning/models/model-config.ts";
import { llamaConfig } from "../../../runtime/tiny/shape.ts";
import { tinySettings } from "../../../runtime/tiny/train.ts";

test("is what the runtime trains", () => {
  const { model, problems } = readModelConfig({ ...llamaConfig(tinySettings.shape, 0) }, []);
  expect(problems).toEqual([]);
  expect(tinyModel).toEqual(model);
});
