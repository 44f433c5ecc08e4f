import { expect, test } from "vitest";
import { ApiError } from "../../../runtime/server/api-error.ts";
import { Exchange, newId } from "../../../runtime/server/exchange.ts";
import { samplingOf } from "../../../runtime/server/generation-fields.ts";
import { Work } from "../../../runtime/server/work.ts";
import { byteText } from "../../support/runtime/byte-text.ts";
import { ScriptedEngine } from "../../support/runtime/scripted-engine.ts";

const gone = new ApiError("client_closed_request", "gone");
const sampling = samplingOf({}, 257, -1);
const request = { prompt: Int32Array.of(1), answerTokens: 4, stopTokens: [], sampling, tenant: "a" };

function started() {
  const engine = new ScriptedEngine({ script: () => ({ tokens: "abcd" }), isStepped: true });
  const caller = { tenant: "a", number: 0, priority: 0 };
  const exchange = new Exchange({
    id: "r",
    caller,
    arrivedAt: 5,
    entry: { countAnswers: () => undefined, takePlaces: (wanted) => wanted },
    said: undefined,
  });
  const listener = {
    begun: () => undefined,
    piece: () => undefined,
    end: () => undefined,
    held: () => undefined,
  };
  const choices = [{ request, stops: [], marks: [], isHeardByToken: false }];
  const options = { engine, text: byteText, choices, listener, retrySeconds: () => 1 };
  const begin = () => exchange.begin(() => new Work(options));
  return { engine, exchange, begin };
}

test("an interruption ends the work that has begun", async () => {
  const { engine, exchange, begin } = started();
  const work = begin();
  exchange.hold(true);
  exchange.interrupt(gone);
  exchange.interrupt(new ApiError("answer_timeout", "late"));
  await expect(work.done).rejects.toBe(gone);
  expect([engine.holds, engine.aborts, exchange.failure]).toEqual([1, 1, gone]);
  expect([exchange.signal.aborted, exchange.signal.reason]).toEqual([true, gone]);
});

test("after an interruption no work begins", () => {
  const { engine, exchange, begin } = started();
  exchange.hold(true);
  exchange.interrupt(gone);
  expect(begin).toThrow(gone);
  expect(engine.requests.length).toBe(0);
});

test("names are long, and never the same", () => {
  expect(newId("a-")).toMatch(/^a-[0-9a-f]{24}$/);
  expect(newId("a-")).not.toBe(newId("a-"));
});
