/** What the engine loads as the policy pack; everything else is TypeScript. */
import "./pack.ts";
