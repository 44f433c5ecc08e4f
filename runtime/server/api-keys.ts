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

interface Known {
  readonly hash: Buffer;
  readonly caller: Caller;
}

export class KeyRing {
  private known: readonly Known[] = [];
  /** By the names of tenants, those that have no key any more among them: no other one gets their number. */
  private readonly numbers = new Map<string, number>();

  constructor(keys: readonly ApiKey[]) {
    this.use(keys);
  }

  /** These hold from now on, and no others. */
  use(keys: readonly ApiKey[]): void {
    for (const { name } of keys) {
      if (!this.numbers.has(name)) this.numbers.set(name, this.numbers.size + 1);
    }
    this.known = keys.flatMap(({ name, sha256, priority, concurrency, requestsPerMinute }) => {
      const number = this.numbers.get(name) ?? 0;
      const caller = { tenant: name, priority, number, limits: { concurrency, requestsPerMinute } };
      return sha256.map((hash) => ({ hash: Buffer.from(hash, "hex"), caller }));
    });
  }

  /** Tenants that have a key now. */
  get tenants(): number {
    return new Set(this.known.map(({ caller }) => caller.tenant)).size;
  }

  /** By the header `Authorization: Bearer KEY`. Every hash is compared, however early one fits. */
  callerOf(authorization: string | undefined): Caller {
    // Where the last key was removed nobody is let in.
    if (this.numbers.size === 0) return anybody;
    const [, key] = /^Bearer +(\S+) *$/i.exec(authorization ?? "") ?? [];
    if (!key) throw new ApiError("invalid_api_key", "an API key is wanted: Authorization: Bearer KEY");
    const hash = createHash("sha256").update(key).digest();
    const [found] = this.known.filter((known) => timingSafeEqual(known.hash, hash));
    if (!found) throw new ApiError("invalid_api_key", "the API key is not known here");
    return found.caller;
  }
}
