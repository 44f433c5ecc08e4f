/** A client that takes an answer piece by piece, with pauses: what it has not taken waits for it. */
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Some 6 MB a second. A system keeps up to 9 MB of one connection for its reader. */
const pauseMilliseconds = 10;

/** Asks, takes at most so many bytes, and tells how many came before the connection ended. */
export async function trickle(port: number, request: string, takenBytes = Infinity): Promise<number> {
  const socket = connect(port, "127.0.0.1");
  let bytes = 0;
  // At most 64 KiB at a time.
  socket.on("data", async (piece) => {
    bytes += piece.length;
    socket.pause();
    await sleep(pauseMilliseconds);
    if (bytes < takenBytes) socket.resume();
  });
  socket.write(request);
  await once(socket, "close");
  return bytes;
}
