/** One request over a real socket, by a client that may read slowly, leave, or send only half of it. */
import { type Agent, request as send } from "node:http";
import { connect } from "node:net";

export interface Sent {
  readonly url: string;
  readonly path: string;
  readonly body: string | Buffer;
  /** Sent as x-request-id, and wanted back. */
  readonly id: string;
  readonly method?: string;
  /** Default: a connection of its own. */
  readonly agent?: Agent;
  /** The client leaves after so many milliseconds. */
  readonly leaveAfterMs?: number;
  /** The client leaves once it has read so many characters. */
  readonly leaveAfterCharacters?: number;
  /** Between two reads. */
  readonly pauseMs?: number;
  /** Only so many bytes of the body are sent, and then the connection is cut. */
  readonly bodyBytes?: number;
}

export interface Heard {
  /** whole: the answer came to its end; left: the client went; cut: the other side or the network did. */
  readonly end: "whole" | "left" | "cut";
  /** 0: nothing was answered. */
  readonly status: number;
  readonly text: string;
  readonly id: string | undefined;
  readonly retryAfter: string | undefined;
  /** Until the first byte of the answer's body. */
  readonly firstByteMs: number;
  /** Of the error that cut it. */
  readonly error?: string;
}

interface Progress {
  status: number;
  text: string;
  id: string | undefined;
  retryAfter: string | undefined;
  firstByteMs: number;
}

export function exchange(sent: Sent): Promise<Heard> {
  const { url, path, body, id, method = "POST", agent } = sent;
  const bytes = Buffer.from(body);
  const headers = {
    "content-type": "application/json",
    "content-length": bytes.length,
    "x-request-id": id,
  };
  const startedAt = performance.now();
  const progress: Progress = { status: 0, text: "", id: undefined, retryAfter: undefined, firstByteMs: 0 };
  return new Promise((resolve) => {
    let isOver = false;
    const finish = (end: Heard["end"], error?: string) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(leaving);
      resolve({ ...progress, end, ...(error !== undefined && { error }) });
    };
    const outgoing = send(`${url}${path}`, { method, headers, agent: agent ?? false }, (incoming) => {
      progress.status = incoming.statusCode ?? 0;
      progress.id = textOf(incoming.headers["x-request-id"]);
      progress.retryAfter = incoming.headers["retry-after"];
      incoming.setEncoding("utf8");
      incoming.on("data", (piece: string) => {
        if (progress.text === "") progress.firstByteMs = performance.now() - startedAt;
        progress.text += piece;
        if (progress.text.length >= (sent.leaveAfterCharacters ?? Number.POSITIVE_INFINITY)) leave();
        if (sent.pauseMs === undefined) return;
        incoming.pause();
        setTimeout(() => incoming.resume(), sent.pauseMs);
      });
      incoming.on("end", () => finish("whole"));
      incoming.on("error", ({ message }) => finish("cut", message));
    });
    const leave = () => {
      finish("left");
      outgoing.destroy();
    };
    outgoing.on("error", (error: NodeJS.ErrnoException) => finish("cut", error.code ?? error.message));
    const leaving = sent.leaveAfterMs === undefined ? undefined : setTimeout(leave, sent.leaveAfterMs);
    if (sent.bodyBytes === undefined) outgoing.end(bytes);
    else outgoing.write(bytes.subarray(0, sent.bodyBytes), () => leave());
  });
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" ? header : undefined;
}

export interface RawHeard {
  readonly text: string;
  /** silent: the other side neither answered nor closed any more. */
  readonly end: "closed" | "silent";
}

export interface RawPatience {
  /** Until this side says that nothing follows. */
  readonly endAfterMs: number;
  /** Until the other side's silence is taken for its answer. */
  readonly silenceMs: number;
}

/** Bytes as they are, and all that comes back. */
export function rawExchange(
  port: number,
  bytes: Uint8Array,
  { endAfterMs, silenceMs }: RawPatience,
): Promise<RawHeard> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    const finish = (end: RawHeard["end"]) => {
      clearTimeout(ending);
      socket.destroy();
      resolve({ text, end });
    };
    const ending = setTimeout(() => socket.end(), endAfterMs);
    socket.setTimeout(silenceMs, () => finish("silent"));
    socket.setEncoding("latin1");
    socket.on("data", (piece) => {
      text += piece;
    });
    socket.on("close", () => finish("closed"));
    socket.on("error", () => finish("closed"));
    socket.write(bytes);
  });
}
