const FIRST_WAIT = 200;
const LONGEST_WAIT = 5_000;

/** How long to wait before another try: doubling up to a ceiling, a third of it by chance so that not all come at once. */
export function waitBefore(retries: number, chance: number): number {
  const doubled = Math.min(FIRST_WAIT * 2 ** Math.min(retries, 10), LONGEST_WAIT);
  return Math.round((doubled * (2 + chance)) / 3);
}

/** Some time. A laptop that wakes up, or finds its network again, does not wait it out; nor does whoever calls `wake`. */
export function pause(milliseconds: number): Promise<void> & { wake: () => void } {
  let wake = () => undefined as void;
  const over = new Promise<void>((resolve) => {
    const timer = setTimeout(done, milliseconds);
    window.addEventListener("online", done);
    document.addEventListener("visibilitychange", done);
    wake = done;
    function done() {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      document.removeEventListener("visibilitychange", done);
      resolve();
    }
  });
  return Object.assign(over, { wake });
}

/**
 * Tries something now, and again `every` so often while the page is looked at. What did not work is tried again sooner,
 * later from try to try. Whoever tries is told how to learn whether it was stopped meanwhile.
 */
export function repeat(attempt: (isStopped: () => boolean) => Promise<boolean>, every?: number): () => void {
  let stopped = false;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  async function run() {
    const worked = await attempt(() => stopped);
    if (stopped) return;
    failures = worked ? 0 : failures + 1;
    const wait = worked ? every : waitBefore(failures - 1, Math.random());
    if (wait !== undefined) timer = setTimeout(due, wait);
  }
  function due() {
    if (failures === 0 && document.hidden) timer = setTimeout(due, every);
    else void run();
  }
  void run();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

/** A task answers whether it worked; one that did not stays to be done. */
type Task = () => Promise<boolean>;

export interface Worker {
  /** Goes on, where there is something to do and nothing is done already. */
  go: () => void;
  /** Does not wait any longer before it tries again. */
  wake: () => void;
  stop: () => void;
}

/** Does one thing at a time, as long as `next` has one. After a failure it rests, longer from try to try. */
export function startWorker(next: () => Task | null): Worker {
  let [busy, stopped] = [false, false];
  let wake = () => undefined as void;
  async function work() {
    if (busy || stopped) return;
    busy = true;
    let failures = 0;
    for (let task = next(); task !== null; task = next()) {
      const worked = await task();
      if (!worked && !stopped) await rest(failures);
      if (stopped) return;
      failures = worked ? 0 : failures + 1;
    }
    busy = false;
  }
  async function rest(failures: number) {
    const over = pause(waitBefore(failures, Math.random()));
    wake = over.wake;
    await over;
  }
  return {
    go: () => void work(),
    wake: () => wake(),
    stop() {
      stopped = true;
      wake();
    },
  };
}
