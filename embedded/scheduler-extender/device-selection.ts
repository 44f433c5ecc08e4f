/** Which devices a claim means, as far as its CEL expressions say so by equations. */
import type { Device, Selectors } from "./kube-objects.ts";

/** What the device's driver is called, or with a domain an attribute of the device. */
export interface Equation {
  readonly domain: string | undefined;
  readonly name: string | undefined;
  readonly value: string;
}

const equation = /^device\.(?:driver|attributes\[(["'])([^"'\]]+)\1\]\.(\w+))\s*==\s*(["'])([^"']*)\4$/;

/**
 * The equations of expressions that all must hold, as drivers and this platform write them. Any other
 * condition is taken to hold: the scheduler has left out the nodes where it does not.
 */
export function equationsOf(selectors: Selectors = []): Equation[] {
  return selectors.flatMap(({ cel }) => {
    const expression = cel?.expression ?? "";
    // Then no part of it must hold by itself.
    if (/\|\||\?/.test(expression)) return [];
    return expression.split("&&").flatMap((part) => {
      const [found, , domain, name, , value = ""] = equation.exec(part.trim()) ?? [];
      return found === undefined ? [] : [{ domain, name, value }];
    });
  });
}

export function isMeant(
  driver: string,
  { attributes = {} }: Device,
  equations: readonly Equation[],
): boolean {
  return equations.every(({ domain, name, value }) => {
    if (domain === undefined) return driver === value;
    // A driver's own attributes stand without its domain.
    const own = domain === driver ? attributes[name ?? ""] : undefined;
    return (attributes[`${domain}/${name}`] ?? own)?.string === value;
  });
}
