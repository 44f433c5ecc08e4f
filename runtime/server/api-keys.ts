/** Who asks: API keys, of which the server knows the hashes alone. */
import { createHash, timingSafeEqual } from "node:crypto";
import { ApiError } from "./api-error.ts";
import type { ApiKey } from "./settings.ts";

export interface Caller {
  readonly tenant: string;
  readonly priority: number;
  /** Number of the tenant, from 1; 0 where there are no keys. */
  readonly number: number;
  /** Absent where there are no keys. */
  readonly limits?: { readonly concurrency: number; readonly requestsPerMinute: number };
}

const anybody: Caller = { tenant: "anonymous", priority: 0, number: 0 };

export class KeyRing {
  private readonly known: readonly { readonly hash: Buffer; readonly caller: Caller }[];

  constructor(keys: readonly ApiKey[]) {
    this.known = keys.flatMap(({ name, sha256, priority, concurrency, requestsPerMinute }, index) =>
      sha256.map((hash) => ({
        hash: Buffer.from(hash, "hex"),
        caller: { tenant: name, priority, number: index + 1, limits: { concurrency, requestsPerMinute } },
      })),
    );
  }

  /** By the header `Authorization: Bearer KEY`. Every hash is compared, however early one fits. */
  callerOf(authorization: string | undefined): Caller {
    if (this.known.length === 0) return anybody;
    const [, key] = /^Bearer +(\S+) *$/i.exec(authorization ?? "") ?? [];
    if (!key) throw new ApiError("invalid_api_key", "an API key is wanted: Authorization: Bearer KEY");
    const hash = createHash("sha256").update(key).digest();
    const [found] = this.known.filter((known) => timingSafeEqual(known.hash, hash));
    if (!found) throw new ApiError("invalid_api_key", "the API key is not known here");
    return found.caller;
  }
}
