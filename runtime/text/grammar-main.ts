/** Entry of the thread that compiles grammars and follows answers by them. */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { GrammarCompiler, type GrammarMatcher } from "./grammar.ts";
import type { FromGrammarThread, GrammarThreadData, ToGrammarThread } from "./grammar-messages.ts";
import { GrammarError } from "./grammar-schema.ts";
import { SharedMask } from "./shared-mask.ts";
import { Tokenizer } from "./tokenizer.ts";

interface Followed {
  readonly matcher: GrammarMatcher;
  readonly mask: SharedMask;
}

const { directory, stopTokens, vocabularySize, bell } = workerData as GrammarThreadData;
const compiler = await GrammarCompiler.create(Tokenizer.load(directory), stopTokens, vocabularySize);
const followed = new Map<number, Followed>();
const rings = new Int32Array(bell);
tell({ type: "ready" });

// It sleeps on the bell alone: a message that had to wake the loop of events would cost each token twice.
for (;;) {
  const rung = Atomics.load(rings, 0);
  for (const each of followed.values()) follow(each);
  const received = parentPort && receiveMessageOnPort(parentPort);
  if (received) await take(received.message as ToGrammarThread);
  else Atomics.wait(rings, 0, rung);
}

function follow({ matcher, mask }: Followed): void {
  const token = mask.next;
  if (token === undefined) return;
  mask.answer(
    problemOf(() => {
      matcher.accept(token);
      matcher.fillMask(mask.words, 0);
    }),
  );
}

/** Whatever a library throws ends the answer that it was asked for, and no other. */
function problemOf(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

async function take(message: ToGrammarThread): Promise<void> {
  if (message.type === "drop") {
    followed.get(message.id)?.matcher.dispose();
    followed.delete(message.id);
    return;
  }
  const { id, source, tokens, memory } = message;
  try {
    const matcher = await compiler.matcher(source);
    for (const token of tokens) matcher.accept(token);
    const mask = SharedMask.of(memory);
    matcher.fillMask(mask.words, 0);
    followed.set(id, { matcher, mask });
    tell({ type: "compiled", id });
  } catch (error) {
    const isOfGrammar = error instanceof GrammarError;
    const problem = error instanceof Error ? error : new Error(String(error));
    tell({
      type: "refused",
      id,
      message: isOfGrammar ? problem.message : String(problem.stack),
      isOfGrammar,
    });
  }
}

function tell(message: FromGrammarThread): void {
  parentPort?.postMessage(message);
}
