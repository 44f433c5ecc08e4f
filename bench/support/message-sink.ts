/** A process that takes messages, as a server does, and does nothing with them. */
process.on("message", () => undefined);
