/** What the server's metrics say, in figures for people. */

/**
 * Adds up the samples of each name over all labels; what stands before a colon is whose metric it is.
 *
 * @param {string} text In the text format of Prometheus.
 * @returns {Map<string, number>}
 */
export function readMetrics(text) {
  const sums = new Map();
  for (const line of text.split("\n")) {
    const [, name, value] = /^(?:\w+:)?(\w+)(?:\{.*\})? +(\S+)/.exec(line) ?? [];
    if (name && !line.startsWith("#")) sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  return sums;
}

/** Keeps the figures of the last minute. */
export class FigureHistory {
  constructor() {
    this.samples = [];
  }

  /**
   * @param {Map<string, number>} metrics
   * @param {number} seconds When they were read.
   */
  add(metrics, seconds) {
    const of = (name) => metrics.get(name) ?? 0;
    const last = this.samples.at(-1);
    const tokens = of("generation_tokens_total");
    const passed = last ? seconds - last.seconds : 0;
    // After a restart of the server the count begins anew.
    const made = last && tokens >= last.tokens ? tokens - last.tokens : 0;
    this.samples.push({
      seconds,
      tokens,
      rate: passed > 0 ? made / passed : 0,
      running: of("num_requests_running"),
      waiting: of("num_requests_waiting"),
      cache: of("kv_cache_usage_perc"),
      firstSeconds: of("time_to_first_token_seconds_sum"),
      firstCount: of("time_to_first_token_seconds_count"),
    });
    while (this.samples.length > 0 && seconds - this.samples[0].seconds > 60) this.samples.shift();
  }

  /** The mean time to first token of the last minute, in seconds; undefined if no answer began in it. */
  firstToken() {
    const [oldest, newest] = [this.samples[0], this.samples.at(-1)];
    if (!oldest || !newest) return undefined;
    const isSame = newest.firstCount >= oldest.firstCount;
    const count = newest.firstCount - (isSame ? oldest.firstCount : 0);
    const sum = newest.firstSeconds - (isSame ? oldest.firstSeconds : 0);
    return count > 0 ? sum / count : undefined;
  }
}

/** @param {number} seconds */
export function asDuration(seconds) {
  if (seconds >= 10) return `${seconds.toFixed(0)} s`;
  if (seconds >= 1) return `${seconds.toFixed(1)} s`;
  const milliseconds = seconds * 1000;
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

/** @param {number} value */
export function asCount(value) {
  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : Math.round(value).toLocaleString("en");
}
