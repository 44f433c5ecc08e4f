import { expect, test } from "vitest";
import { AdapterWatch } from "../../../runtime/server/adapter-watch.ts";
import { Listener, requestOf } from "../../support/runtime/requests.ts";
import { ScriptedEngine } from "../../support/runtime/scripted-engine.ts";

function watched() {
  const engine = new ScriptedEngine({
    script: () => ({ tokens: "ab" }),
    isStepped: true,
    facts: { adapters: ["law", "code"], requests: 3 },
  });
  const watch = new AdapterWatch(engine);
  const ask = (adapter: number) => {
    const listener = new Listener();
    return { listener, ...watch.submit(requestOf([1], { adapter }), listener) };
  };
  const used = () => [watch.usedBy("waiting"), watch.usedBy("running")];
  return { engine, watch, ask, used };
}

test("an adapter is waited for, computed, and then neither", async () => {
  const { engine, watch, ask, used } = watched();
  expect([watch.adapters, watch.facts, watch.isReady, watch.restarts, watch.stats()]).toEqual([
    2,
    engine.facts,
    true,
    0,
    engine.stats(),
  ]);
  expect(used()).toEqual([[], []]);
  const { listener } = ask(2);
  ask(0);
  expect(used()).toEqual([["code"], []]);
  engine.step();
  expect(used()).toEqual([[], ["code"]]);
  const law = ask(1);
  expect(used()).toEqual([["law"], ["code"]]);
  while (listener.ends.length === 0) engine.step();
  expect(listener.answer).toEqual([97, 98]);
  law.generation?.abort();
  while (law.listener.ends.length === 0) engine.step();
  expect(used()).toEqual([[], []]);
});

test("what the engine does not take is not counted", () => {
  const { ask, used } = watched();
  const admissions = [1, 1, 1, 2].map((adapter) => ask(adapter).admission);
  expect(admissions).toEqual(["waiting", "waiting", "waiting", "queue-full"]);
  expect(used()).toEqual([["law"], []]);
});
