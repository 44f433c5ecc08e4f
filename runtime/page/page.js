/** The page: a conversation with the model, and what the server does meanwhile. */
import { AnswerError, answerPieces, authorization } from "./chat-request.js";
import { asCount, asDuration, FigureHistory, readMetrics } from "./figures.js";

const element = (id) => document.getElementById(id);
const [log, welcome, problem, server] = ["log", "welcome", "problem", "server"].map(element);
const [composer, question, send, stop] = ["composer", "question", "send", "stop"].map(element);
const [settings, key, temperature, most] = ["settings", "key", "temperature", "most"].map(element);

const pollMilliseconds = 1000;
/** The conversation as the server has to see it; the page itself shows more. */
let messages = [];
/** Questions are numbered: an answer to one from before a clearing belongs to no conversation. */
const conversations = { asked: 0, cleared: 0 };
let model;
/** Set while an answer is on its way. */
let running;
const history = new FigureHistory();

function addMessage(role, text) {
  const message = document.createElement("article");
  message.className = `message ${role}`;
  const title = document.createElement("h2");
  title.textContent = role === "user" ? "You" : "Model";
  const paragraph = document.createElement("p");
  paragraph.className = "text";
  paragraph.textContent = text;
  message.append(title, paragraph);
  welcome.hidden = true;
  log.append(message);
  log.scrollTop = log.scrollHeight;
  return { message, paragraph };
}

/** Folded above the answer; made with the first word of it. */
function thoughtIn(message) {
  const known = message.querySelector(".thinking");
  if (known) return known;
  const thought = document.createElement("details");
  thought.className = "thought";
  const title = document.createElement("summary");
  title.textContent = "Thought";
  const paragraph = document.createElement("p");
  paragraph.className = "thinking";
  thought.append(title, paragraph);
  message.querySelector(".text").before(thought);
  return paragraph;
}

/** Reading further up is not disturbed by what comes below. */
function append(paragraph, text) {
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  paragraph.append(text);
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

function showProblem(text) {
  problem.textContent = text;
  problem.hidden = text === "";
}

function setRunning(abort) {
  running = abort;
  send.hidden = abort !== undefined;
  stop.hidden = abort === undefined;
}

/** What is said below an answer: how long it took, and why it ended early. */
function noteOf({ sent, first, last, tokens, finish, isStopped, isShortened, isThinking }) {
  const parts = [];
  if (tokens !== undefined) parts.push(`${asCount(tokens)} ${tokens === 1 ? "token" : "tokens"}`);
  if (first !== undefined) parts.push(`first after ${asDuration((first - sent) / 1000)}`);
  if (tokens > 1 && last > first) parts.push(`${asCount(((tokens - 1) * 1000) / (last - first))} tokens/s`);
  if (isStopped) parts.push("stopped");
  if (isShortened) parts.push("the oldest messages no longer fit and are forgotten");
  const place = isThinking ? " within the thought" : "";
  if (finish === "length") parts.push(`cut off${place} at the most tokens allowed`);
  return parts.join(" · ");
}

async function ask(text) {
  showProblem("");
  if (!model) await readModel();
  const abort = new AbortController();
  setRunning(abort);
  addMessage("user", text);
  const { message, paragraph } = addMessage("assistant", "");
  message.setAttribute("aria-busy", "true");
  const times = { sent: performance.now() };
  const conversation = ++conversations.asked;
  try {
    await receive(text, message, times, abort.signal);
  } catch (error) {
    if (!abort.signal.aborted) fail(error, text);
    else times.isStopped = true;
  }
  const content = paragraph.textContent;
  const isCleared = conversation <= conversations.cleared;
  if (!isCleared && content !== "" && (times.isStopped || times.isWhole)) {
    messages = [...messages, { role: "user", content: text }, { role: "assistant", content }];
  }
  finish(message, paragraph, noteOf(times));
}

/** As often as the conversation is too long for the model, its oldest question and answer are left out. */
async function receive(text, message, times, signal) {
  const request = {
    model,
    messages: [...messages, { role: "user", content: text }],
    temperature: Number(temperature.value),
    most: Number(most.value),
    key: key.value,
  };
  try {
    for await (const piece of answerPieces(request, signal)) {
      const said = piece.thought ?? piece.text;
      if (said) {
        times.first ??= performance.now();
        times.last = performance.now();
        times.isThinking = piece.text === undefined;
        append(times.isThinking ? thoughtIn(message) : message.querySelector(".text"), said);
      }
      times.finish = piece.finish ?? times.finish;
      times.tokens = piece.tokens ?? times.tokens;
    }
    times.isWhole = true;
  } catch (error) {
    if (error.code !== "context_length_exceeded" || messages.length === 0) throw error;
    messages = messages.slice(2);
    times.isShortened = true;
    await receive(text, message, times, signal);
  }
}

/** The question goes back to where it was typed, unless something new stands there. */
function fail(error, text) {
  const isOffline = !(error instanceof AnswerError);
  showProblem(isOffline ? "The server cannot be reached." : error.message);
  if (question.value === "") question.value = text;
  if (error.status !== 401) return;
  settings.open = true;
  key.focus();
}

function finish(message, paragraph, note) {
  setRunning(undefined);
  message.removeAttribute("aria-busy");
  if (paragraph.textContent === "" && note === "") message.remove();
  const line = document.createElement("p");
  line.className = "note";
  line.textContent = note;
  message.append(line);
  log.scrollTop = log.scrollHeight;
}

async function readModel() {
  const response = await fetch("/v1/models", { headers: authorization(key.value) });
  if (response.ok) model = (await response.json()).data[0]?.id;
}

function showFigure(name, text, values, top) {
  const figure = document.querySelector(`[data-figure="${name}"]`);
  const place = figure.querySelector("dd");
  if (place.textContent !== text) place.textContent = text;
  if (!values) return;
  const drawing = figure.querySelector("svg") ?? figure.appendChild(emptyDrawing());
  const most = Math.max(top ?? 0, ...values, 1e-9);
  const points = values.map((value, index) => {
    return `${100 - (values.length - 1 - index) * (100 / 60)},${30 - (value / most) * 28}`;
  });
  drawing.querySelector("polyline").setAttribute("points", points.join(" "));
}

/** A line over the last minute; what it shows is also said in words, so nobody has to see it. */
function emptyDrawing() {
  const made = (name, attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [attribute, value] of Object.entries(attributes)) node.setAttribute(attribute, value);
    return node;
  };
  const drawing = made("svg", { viewBox: "0 0 100 32", preserveAspectRatio: "none", "aria-hidden": "true" });
  drawing.append(made("line", { x1: "0", y1: "31", x2: "100", y2: "31" }), made("polyline", {}));
  return drawing;
}

function showFigures() {
  const { samples } = history;
  const now = samples.at(-1);
  const first = history.firstToken();
  showFigure(
    "rate",
    asCount(now.rate),
    samples.map(({ rate }) => rate),
  );
  showFigure("first", first === undefined ? "–" : asDuration(first));
  showFigure(
    "queue",
    `${asCount(now.running)} / ${asCount(now.waiting)}`,
    samples.map(({ running, waiting }) => running + waiting),
    4,
  );
  showFigure(
    "cache",
    `${(now.cache * 100).toFixed(now.cache > 0 && now.cache < 0.1 ? 1 : 0)} %`,
    samples.map(({ cache }) => cache),
    1,
  );
}

function showServer(state, text) {
  server.dataset.state = state;
  // The same words again would be read out again.
  if (server.textContent !== text) server.textContent = text;
}

async function poll() {
  try {
    if (!document.hidden) await readServer();
  } catch {
    showServer("down", "not reachable");
  }
  setTimeout(poll, pollMilliseconds);
}

async function readServer() {
  const response = await fetch("/metrics", { headers: authorization(key.value), cache: "no-store" });
  if (response.ok) {
    history.add(readMetrics(await response.text()), performance.now() / 1000);
    showFigures();
  }
  if (!model) await readModel();
  if (model) showServer("up", model);
  else showServer("waiting", response.status === 401 ? "needs an API key" : "no model yet");
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = question.value.trim();
  if (text === "" || running) return;
  question.value = "";
  ask(text).catch((error) => {
    setRunning(undefined);
    fail(error, text);
  });
});
question.addEventListener("keydown", (event) => {
  // Enter within a word that is still being composed chooses among its spellings.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});
stop.addEventListener("click", () => {
  running?.abort();
  question.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") running?.abort();
});
element("examples").addEventListener("click", ({ target }) => {
  if (target.tagName !== "BUTTON" || running) return;
  question.value = target.textContent;
  composer.requestSubmit();
});
element("clear").addEventListener("click", () => {
  running?.abort();
  conversations.cleared = conversations.asked;
  messages = [];
  showProblem("");
  log.replaceChildren(welcome);
  welcome.hidden = false;
  question.focus();
});

poll();
