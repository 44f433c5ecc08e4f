/** Messages as chat templates expect them, which is not in all fields how they come over the wire. */
import { isRecord } from "./is-record.ts";

type Message = Readonly<Record<string, unknown>>;

/** How templates that go through the parts of a content themselves do so. */
const readsParts = /\bin\s+\w+(\.content|\[\s*(['"])content\2\s*\])/;

/** The names that models have for what a message thought before it spoke; the first is the usual one. */
const thoughtFields = ["reasoning_content", "thinking", "reasoning"] as const;

export function templateMessages(messages: readonly Message[], template: string): Message[] {
  const takesParts = readsParts.test(template);
  return messages.map((message) => {
    const { content, tool_calls: calls, ...rest } = message;
    const thought = thoughtFields.map((field) => message[field]).find((text) => text != null);
    return {
      ...rest,
      ...(thought != null && { thinking: thought, ...rest, reasoning_content: thought }),
      ...("content" in message && { content: takesParts ? content : joinedText(content) }),
      ...(Array.isArray(calls) && { tool_calls: calls.map(withReadArguments) }),
    };
  });
}

/** Most templates know contents as one text. Parts that are no text are left for the template to refuse. */
function joinedText(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  const texts = content.map((part: unknown) =>
    isRecord(part) && part.type === "text" ? part.text : undefined,
  );
  return texts.every((text) => typeof text === "string") ? texts.join("\n") : content;
}

/** The wire has arguments as a text of JSON; templates write them out as the object that it is. */
function withReadArguments(call: unknown): unknown {
  if (!isRecord(call) || !isRecord(call.function) || typeof call.function.arguments !== "string") return call;
  try {
    const read: unknown = JSON.parse(call.function.arguments);
    return isRecord(read) ? { ...call, function: { ...call.function, arguments: read } } : call;
  } catch {
    return call;
  }
}

/** Templates compare these: a guard within would make them other words. */
const comparedFields = new Set(["role", "type"]);
const plainWord = /^[a-z_]{1,32}$/;

/** Each text within, names of fields too. */
export function guardedDeep<Value>(value: Value, guard: (text: string) => string): Value {
  const within = (each: unknown, field?: string): unknown => {
    if (typeof each === "string") {
      return field !== undefined && comparedFields.has(field) && plainWord.test(each) ? each : guard(each);
    }
    if (Array.isArray(each)) return each.map((item) => within(item));
    if (!isRecord(each)) return each;
    return Object.fromEntries(Object.entries(each).map(([name, item]) => [guard(name), within(item, name)]));
  };
  return within(value) as Value;
}
