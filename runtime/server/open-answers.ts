/** The answers that a connection is owed, and what is said of bytes behind them that are no HTTP. */
import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

export class OpenAnswers {
  /** In the order of their requests. */
  private readonly open = new WeakMap<Socket, Set<ServerResponse>>();
  /** To the last request of each connection, whether it is still open or not. */
  private readonly last = new WeakMap<Socket, ServerResponse>();
  private readonly refused = new WeakSet<Socket>();

  constructor(server: Server) {
    // Before anybody answers.
    server.prependListener("request", ({ socket }, response: ServerResponse) => {
      const answers = this.open.get(socket) ?? new Set();
      this.open.set(socket, answers.add(response));
      this.last.set(socket, response);
      response.once("close", () => answers.delete(response));
    });
  }

  /**
   * Ends a connection with this answer, behind all that are owed to requests that arrived whole. One that
   * did not is what the answer is about: where its own has begun, or was given before the rest of it came,
   * the connection only ends.
   */
  refuse(socket: Socket, answer: string): void {
    // Each further piece of what is no HTTP is told once more.
    if (this.refused.has(socket)) return;
    this.refused.add(socket);
    const last = this.last.get(socket);
    const own = last?.req.complete === false ? last : undefined;
    const owed = [...(this.open.get(socket) ?? [])];
    const before = owed.filter((response) => response !== own || own.writableEnded).at(-1);
    const end = () => {
      if (!socket.writable || own?.headersSent) socket.destroy();
      else socket.end(answer, () => socket.destroy());
    };
    if (before && socket.writable) before.once("close", end);
    else end();
  }
}
