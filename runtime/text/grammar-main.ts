/** Entry of the thread that compiles grammars and follows answers by them. */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { GrammarCompiler } from "./grammar.ts";
import { GrammarFollower } from "./grammar-follower.ts";
import type { FromGrammarThread, GrammarThreadData, ToGrammarThread } from "./grammar-messages.ts";
import { Tokenizer } from "./tokenizer.ts";

const { directory, stopTokens, vocabularySize, bell } = workerData as GrammarThreadData;
const compiler = await GrammarCompiler.create(Tokenizer.load(directory), stopTokens, vocabularySize);
const follower = new GrammarFollower(compiler, tell);
const rings = new Int32Array(bell);
tell({ type: "ready" });

// It sleeps on the bell alone: a message that had to wake the loop of events would cost each token twice.
for (;;) {
  const rung = Atomics.load(rings, 0);
  follower.follow();
  const received = parentPort && receiveMessageOnPort(parentPort);
  if (received) await follower.take(received.message as ToGrammarThread);
  else Atomics.wait(rings, 0, rung);
}

function tell(message: FromGrammarThread): void {
  parentPort?.postMessage(message);
}
