/** Shows long work on standard error: one redrawn line on a terminal, plain lines anywhere else. */

export interface Progress {
  /** Names the work that begins now. */
  start(label: string): void;
  /** Says what it is busy with; seen on a terminal only. */
  update(text: string): void;
  /** Ends the work; on a terminal the line disappears. */
  done(label: string): void;
  /** Ends work that failed: erases the line and says nothing. */
  stop(): void;
}

/** The part of a tty.WriteStream that is used. */
export interface ProgressStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

const eraseLine = "\r\u001b[2K";
const redrawMilliseconds = 1000;

/** The face that suits the stream. */
export function createProgress(stream: ProgressStream = process.stderr): Progress {
  return stream.isTTY ? terminalProgress(stream) : plainProgress(stream);
}

function terminalProgress(stream: ProgressStream): Progress {
  let label = "";
  let text = "";
  let started = 0;
  let timer: NodeJS.Timeout | undefined;

  const draw = () => {
    const line = [label, elapsed(Date.now() - started), text].filter((word) => word !== "").join("  ");
    stream.write(eraseLine + line.slice(0, (stream.columns || 80) - 1));
  };
  const stop = () => {
    if (timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
    stream.write(eraseLine);
  };
  return {
    start(newLabel) {
      stop();
      label = newLabel;
      text = "";
      started = Date.now();
      timer = setInterval(draw, redrawMilliseconds);
      timer.unref();
      draw();
    },
    // Drawn by the timer: a compiler names hundreds of packages a second.
    update(newText) {
      text = newText;
    },
    done: stop,
    stop,
  };
}

function plainProgress(stream: ProgressStream): Progress {
  let started = 0;
  return {
    start(label) {
      started = Date.now();
      stream.write(`${label} ...\n`);
    },
    update() {},
    done(label) {
      stream.write(`${label}: done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
    },
    stop() {},
  };
}

/** 65,000 ms is "1m05s". */
function elapsed(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}
