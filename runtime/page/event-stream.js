/** Reads the data of server-sent events from the body of an answer, however its bytes are cut. */

/**
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<string>} The data of each event.
 */
export async function* eventData(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let data = [];
  try {
    for (;;) {
      const { value, done } = await reader.read();
      // A line that ends in CR may have its LF in the next piece: it waits for it.
      const lines = (rest + (value ?? "")).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
        if (line !== "" || data.length === 0) continue;
        yield data.join("\n");
        data = [];
      }
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => {
      // It has ended or was stopped: there is nothing left to cancel.
    });
  }
}
