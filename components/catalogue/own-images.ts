/** Images of this project's own programs. No registry serves them: the host node runs the very checkout. */

export const ownImages = {
  /** controllers/node-health. */
  nodeHealth: { repository: "plinth.dev/node-health", reference: "plinth.dev/node-health:0.1.0" },
  /** The inference runtime; `npm run runtime -- image` builds one to push to a registry of one's own. */
  runtime: { repository: "plinth.dev/runtime", reference: "plinth.dev/runtime:0.1.0" },
} as const;
