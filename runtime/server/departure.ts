/** How a server takes leave of its clients: it answers on, and connections end with the answers on them. */
import type { Server, ServerResponse } from "node:http";

/** Whoever keeps a connection does not hear from others that the server goes: only an answer can say so. */
export class Departure {
  private readonly open = new Set<ServerResponse>();
  private hasBegun = false;

  constructor(server: Server) {
    // Before anybody answers.
    server.prependListener("request", (_, response: ServerResponse) => {
      this.open.add(response);
      response.once("close", () => this.open.delete(response));
      if (this.hasBegun) sayGoodbye(response);
    });
  }

  /**
   * From now on answers say that they are the last on their connections. One that has begun cannot: the
   * next one on its connection will.
   */
  begin(): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    for (const response of this.open) sayGoodbye(response);
  }

  /** From now on nobody who asks is served: connections of answers that have begun end with these. */
  end(): void {
    this.begin();
    for (const response of this.open) {
      const { socket } = response;
      response.once("close", () => socket?.end());
    }
  }
}

function sayGoodbye(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader("connection", "close");
}
