/** POST /v1/responses: one answer to a conversation that the request holds whole; nothing is stored. */
import { strictTools } from "./chat-fields.ts";
import { type Exchange, newId } from "./exchange.ts";
import { renderPrompt } from "./prompt.ts";
import { type Send, streamReply } from "./reply-stream.ts";
import { parseBody } from "./request-body.ts";
import { type ResponseFields, responseFields, responseMessages, responseTools } from "./response-fields.ts";
import { type Emit, ResponseOutput } from "./response-output.ts";
import { choicesOf, type Endpoint, generate, type Service, takeModel } from "./service.ts";
import { ThoughtTokens } from "./thought-tokens.ts";
import { type HeldGrammar, type ToolChoice, type ToolPlan, thinkingPlan, toolPlan } from "./tool-plan.ts";
import { usageOf } from "./usage.ts";
import type { Choice, ChoiceEnd } from "./work.ts";

interface Asked {
  readonly service: Service;
  readonly exchange: Exchange;
  readonly fields: ResponseFields;
  readonly choices: readonly Choice[];
  readonly plan: ToolPlan;
  readonly head: object;
}

export function responseEndpoint(service: Service): Endpoint {
  const schema = responseFields(service.settings);
  return async (exchange, body, reply) => {
    const fields = parseBody(schema, body);
    const adapter = takeModel(service, exchange, fields.model);
    const planned = toolPlan(service.text, {
      tools: responseTools(fields),
      place: (tool) => `tools[${tool}]`,
      strict: strictTools(fields.tools),
      choice: chosenTool(fields.tool_choice),
      isParallel: fields.parallel_tool_calls ?? true,
      format: formatOf(fields.text),
    });
    const effort = fields.reasoning?.effort;
    const variables = effort ? { reasoning_effort: effort } : {};
    const options = { tools: planned.tools, variables };
    const prompt = await renderPrompt(service.reader, exchange, responseMessages(fields), options);
    const plan = thinkingPlan(planned, service.text.thoughtAfter(prompt));
    const choices = choicesOf(service, exchange, {
      adapter,
      prompt,
      promptParam: "input",
      choices: 1,
      fields,
      answer: { param: "max_output_tokens", tokens: fields.max_output_tokens },
      logprobs: -1,
      grammar: plan.grammar,
      marks: plan.reader().marks,
      isHeardByToken: fields.parallel_tool_calls === false,
    });
    const asked = { service, exchange, fields, choices, plan, head: headOf(fields, choices) };
    if (!fields.stream) return wholeResponse(asked);
    const events = eventsOf(asked);
    await streamReply(service, exchange, reply, events);
    return undefined;
  };
}

function chosenTool(choice: ResponseFields["tool_choice"]): ToolChoice {
  return typeof choice === "object" && choice !== null ? { name: choice.name } : (choice ?? "auto");
}

function formatOf(text: ResponseFields["text"]): HeldGrammar | undefined {
  const format = text?.format;
  const param = "text.format";
  if (format?.type === "json_schema")
    return { source: { type: "json-schema", schema: format.schema }, param };
  return format?.type === "json_object" ? { source: { type: "json-object" }, param } : undefined;
}

/** What every state of the response tells, of the request as it was understood. */
function headOf(fields: ResponseFields, choices: readonly Choice[]): object {
  const { temperature, topP } = choices[0]?.request.sampling ?? { temperature: 1, topP: 1 };
  return {
    id: newId("resp_"),
    object: "response",
    created_at: Math.floor(Date.now() / 1000),
    model: fields.model,
    instructions: fields.instructions ?? null,
    max_output_tokens: fields.max_output_tokens ?? null,
    metadata: fields.metadata ?? {},
    parallel_tool_calls: fields.parallel_tool_calls ?? true,
    previous_response_id: null,
    store: false,
    temperature,
    top_p: fields.top_p ?? topP,
    text: { format: fields.text?.format ?? { type: "text" } },
    tool_choice: fields.tool_choice ?? "auto",
    tools: (fields.tools ?? []).map(({ type, name, description, parameters, strict }) => ({
      type,
      name,
      description: description ?? null,
      parameters: parameters ?? null,
      strict: strict ?? null,
    })),
    truncation: "disabled",
  };
}

const nothing = { error: null, incomplete_details: null, output: [] };

interface Answered {
  readonly ends: readonly ChoiceEnd[];
  readonly thoughtTokens: number;
}

function endedOf({ head }: Asked, output: ResponseOutput, { ends, thoughtTokens }: Answered) {
  const isWhole = ends.every(({ finish }) => finish === "stop");
  const usage = usageOf(ends, 1);
  return {
    ...head,
    status: isWhole ? "completed" : "incomplete",
    error: null,
    incomplete_details: isWhole ? null : { reason: "max_output_tokens" },
    output: output.items,
    usage: {
      input_tokens: usage.prompt_tokens,
      input_tokens_details: { ...usage.prompt_tokens_details, cache_write_tokens: 0 },
      output_tokens: usage.completion_tokens,
      output_tokens_details: { reasoning_tokens: thoughtTokens },
      total_tokens: usage.total_tokens,
    },
  };
}

async function answer(
  { service, exchange, choices, plan }: Asked,
  output: ResponseOutput,
): Promise<Answered> {
  const reader = plan.reader();
  const counted = new ThoughtTokens();
  const ends = await generate(service, exchange, choices, {
    piece: (_, { text, tokens }) => {
      counted.push(tokens);
      output.take(reader.push(text));
      return reader.isWhole ? "enough" : undefined;
    },
    end: (_, { finish }) => {
      output.take(reader.end());
      output.end(finish);
    },
  });
  return { ends, thoughtTokens: counted.of(reader) };
}

async function wholeResponse(asked: Asked): Promise<object> {
  const output = new ResponseOutput(() => undefined);
  return endedOf(asked, output, await answer(asked, output));
}

function eventsOf(asked: Asked) {
  let sent = 0;
  const tell = (send: Send, type: string, fields: object) => {
    send(JSON.stringify({ type, sequence_number: sent, ...fields }), type);
    sent += 1;
  };
  const begun = { ...asked.head, ...nothing, status: "in_progress" };
  return {
    run: async (send: Send) => {
      const emit: Emit = (type, fields) => {
        if (sent === 0) {
          tell(send, "response.created", { response: begun });
          tell(send, "response.in_progress", { response: begun });
        }
        tell(send, type, fields);
      };
      const output = new ResponseOutput(emit);
      const response = endedOf(asked, output, await answer(asked, output));
      emit(`response.${response.status}`, { response });
    },
    fail: (send: Send, { message }: Error) => {
      const error = { code: "server_error", message };
      tell(send, "response.failed", { response: { ...asked.head, ...nothing, status: "failed", error } });
    },
  };
}
