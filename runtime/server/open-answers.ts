/** The answers that a connection is owed, and what is said of bytes behind them that are no HTTP. */
import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

export class OpenAnswers {
  /** In the order of their requests. */
  private readonly open = new WeakMap<Socket, Set<ServerResponse>>();
  private readonly refused = new WeakSet<Socket>();

  constructor(server: Server) {
    // Before anybody answers.
    server.prependListener("request", ({ socket }, response: ServerResponse) => {
      const answers = this.open.get(socket) ?? new Set();
      this.open.set(socket, answers.add(response));
      response.once("close", () => answers.delete(response));
    });
  }

  /**
   * Ends a connection with this answer, behind all that are owed to requests that arrived whole. One that
   * did not is what the answer is about: where its own has begun, the connection only ends.
   */
  refuse(socket: Socket, answer: string): void {
    // Each further piece of what is no HTTP is told once more.
    if (this.refused.has(socket)) return;
    this.refused.add(socket);
    const open = [...(this.open.get(socket) ?? [])];
    const own = open.at(-1)?.req.complete === false ? open.pop() : undefined;
    const end = () => {
      if (!socket.writable || own?.headersSent) socket.destroy();
      else socket.end(answer, () => socket.destroy());
    };
    const before = open.at(-1);
    if (before && socket.writable) before.once("close", end);
    else end();
  }
}
