/** The order of versions that are numbers between dots, such as those of drivers and of Kubernetes. */

/** Whether the first is older; parts that one of them lacks count as nothing. */
export function isOlder(version: string, than: string): boolean {
  const [left, right] = [numbers(version), numbers(than)];
  const length = Math.max(left.length, right.length);
  for (let place = 0; place < length; place += 1) {
    const difference = (left[place] ?? 0) - (right[place] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** "v1.36.4" to "1.36": what compatibility is told by. */
export function minorVersion(version: string): string {
  return numbers(version).slice(0, 2).join(".");
}

/** Those of a build, as in "v1.35.2-gke.1485000", order nothing here. */
function numbers(version: string): number[] {
  const [release = ""] = version.replace(/^v/, "").split(/[-+]/);
  return release.split(".").map(Number);
}
