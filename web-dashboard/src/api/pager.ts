/* A list as it is read: page after page, one request at a time. Nothing of it knows React. */
import { startWorker } from "./backoff";

/** A page as it was read. */
export interface Page<Row> {
  rows: readonly Row[];
  /** The cursor it was read after; `null` for the first. */
  after: string | null;
  /** The cursor of its end. */
  end: string | null;
  more: boolean;
  /** Later reads have greater numbers. */
  read: number;
}

/** What reading a page came to. */
export type Read<Row> = (Omit<Page<Row>, "after" | "read"> & { total: number | null }) | Failure;

interface Failure {
  failure: string;
  /** Whether it is worth trying again. */
  mayPass: boolean;
}

export interface Shown<Row> {
  /** Empty until the first page was read. */
  pages: readonly Page<Row>[];
  /** How many rows there are on all pages, as far as that can be told. */
  total: number | null;
  /** Why the last read failed; it is tried again. */
  failure: string | null;
}

export interface Pager {
  /** Reads the next page, where there is one, once. */
  next: () => void;
  /** Reads what is in sight again. What failed is tried at once when it is `urgent`. */
  refresh: (urgent: boolean) => void;
  stop: () => void;
}

/**
 * Reads the first page, and what it is told to from then on. A failure stands until the next success, and is tried again
 * after a while; meanwhile nobody can make it ask more often.
 */
export function startPager<Row>(
  read: (after: string | null) => Promise<Read<Row>>,
  inSight: () => [number, number],
  show: (shown: Shown<Row>) => void,
): Pager {
  let pages: readonly Page<Row>[] = [];
  const wanted = { next: true, refresh: false };
  let total: number | null = null;
  let [stopped, reading, reads] = [false, false, 0];

  const worker = startWorker(() => {
    if (wanted.refresh) return () => work("refresh", readAgain);
    return wanted.next ? () => work("next", readOn) : null;
  });
  async function work(what: keyof typeof wanted, task: () => Promise<Failure | null>): Promise<boolean> {
    wanted[what] = false;
    reading = true;
    const failed = await task();
    reading = false;
    if (stopped) return true;
    show({ pages, total, failure: failed?.failure ?? null });
    wanted[what] ||= failed?.mayPass === true;
    return failed?.mayPass !== true;
  }

  async function page(after: string | null) {
    const answer = await read(after);
    if ("failure" in answer) return answer;
    reads += 1;
    total = answer.total;
    const { rows, end } = answer;
    return { rows, after, end, more: answer.more && end !== null, read: reads };
  }
  async function readOn() {
    const last = pages.at(-1);
    if (last?.more === false) return null;
    const found = await page(last?.end ?? null);
    if ("failure" in found) return found;
    pages = [...pages, found];
    return null;
  }
  /** In order from the first page in sight, each after the end of the one before as that is by now. */
  async function readAgain() {
    const [first, last] = inSight().map((row) => pageOf(pages, row)) as [number, number];
    const fresh: Page<Row>[] = [];
    for (let after = pages[first]?.after ?? null; fresh.length <= last - first; after = fresh.at(-1)?.end ?? null) {
      const found = await page(after);
      if ("failure" in found) return found;
      fresh.push(found);
      if (!found.more) break;
    }
    pages = replaced(pages, first, fresh);
    return null;
  }

  worker.go();
  return {
    next() {
      if (pages.at(-1)?.more !== true) return;
      wanted.next = true;
      worker.go();
    },
    refresh(urgent) {
      if (pages.length > 0) wanted.refresh = true;
      else if (!reading) wanted.next = true;
      if (urgent) worker.wake();
      worker.go();
    },
    stop() {
      stopped = true;
      worker.stop();
    },
  };
}

/** The page a row is on, or the last one. */
function pageOf<Row>(pages: readonly Page<Row>[], row: number): number {
  let before = 0;
  const at = pages.findIndex(({ rows }) => (before += rows.length) > row);
  return at === -1 ? Math.max(0, pages.length - 1) : at;
}

/** Pages that were read again in their place. Those behind them stay only where they still go on from there. */
function replaced<Row>(pages: readonly Page<Row>[], first: number, fresh: readonly Page<Row>[]): readonly Page<Row>[] {
  const behind = pages.slice(first + fresh.length);
  const last = fresh.at(-1);
  const fits = last?.more === true && behind[0]?.after === last.end;
  return [...pages.slice(0, first), ...fresh, ...(fits ? behind : [])];
}

/** The rows of all pages. One that has moved from page to page is shown where it was read last. */
export function rowsOf<Row>(pages: readonly Page<Row>[], keyOf: (row: Row) => string | number): readonly Row[] {
  const seenIn = new Map<string | number, number>();
  for (const { rows, read } of pages.toSorted((one, other) => one.read - other.read)) {
    for (const row of rows) seenIn.set(keyOf(row), read);
  }
  return pages.flatMap(({ rows, read }) => rows.filter((row) => seenIn.get(keyOf(row)) === read));
}
