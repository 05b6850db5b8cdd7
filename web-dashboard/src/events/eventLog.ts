/* Events as they are read and heard, newest first. Nothing of it knows React. */
import { startWorker } from "../api/backoff";
import { mayPass, wordsOf } from "../api/errors";
import { follow } from "../api/live";
import { EventsLive, type RecordedEvent } from "./events.query";
import type { EventFilter, PageRead } from "./readEvents";

/** A long night's events would fill the memory. Those nobody looks at are let go, and read again when somebody scrolls there. */
const KEPT = 3_000;
/** Nor may whoever scrolls on and on fill it. */
const MOST = 10_000;

export interface Told {
  events: readonly RecordedEvent[];
  /** How many newer ones are held back while somebody looks at older ones. */
  fresh: number;
  /** Whether there are older ones. */
  more: boolean;
  /** Whether there are older ones that are not read because too many are there already. */
  full: boolean;
  /** Until it is known whether any event fits. */
  loading: boolean;
  /** Whether that takes longer: none was found yet, and there is more of the log to look through. */
  looking: boolean;
  /** Why the last read failed, or why the server does not tell any more. It is tried again. */
  error: string | null;
}

export const NOTHING_TOLD: Told = { events: [], fresh: 0, more: false, full: false, loading: true, looking: false, error: null };

export interface EventLog {
  /** Reads older ones, where there are any, once. */
  older: () => void;
  /** Shows the newer ones that were held back. */
  showFresh: () => void;
  /** Whether the newest is in sight: otherwise newer ones would push away what is looked at. */
  setAtTop: (isAtTop: boolean) => void;
  /** The connection came back: what failed is tried at once. */
  wake: () => void;
  stop: () => void;
}

/** Where in the pages that were read a cursor goes on: before an event. */
interface Mark {
  position: number;
  cursor: string;
}

/** Reads events from the newest on, and listens to what is recorded. `show` is told whatever changes. */
export function openLog(filter: EventFilter, read: (after: string | null) => Promise<PageRead>, show: (told: Told) => void): EventLog {
  let events: readonly RecordedEvent[] = [];
  let held: readonly RecordedEvent[] = [];
  let marks: readonly Mark[] = [];
  let cursor: string | null = null;
  let [begun, more, wanted, isAtTop, stopped, tooMany] = [false, true, true, true, false, 0];
  let failure: string | null = null;
  let silence: string | null = null;
  let position = 0;
  /** Grows when everything is read anew; what is on its way then is not taken in. */
  let round = 0;
  let stopListening = () => undefined as void;

  const tell = () => {
    const full = more && events.length >= MOST;
    const error = failure ?? silence;
    const loading = events.length === 0 && more && error === null;
    if (!stopped) show({ events, fresh: held.length + tooMany, more: more && !full, full, loading, looking: loading && begun, error });
  };
  const worker = startWorker(() => (wanted && more && events.length < MOST ? readOn : null));

  async function readOn(): Promise<boolean> {
    wanted = false;
    const asked = round;
    const { page, position: end, error } = await read(cursor);
    if (stopped || asked !== round) return true;
    failure = error === undefined ? null : wordsOf(error);
    const isLost = error !== undefined && mayPass(error);
    if (error === undefined) take(page, end);
    else wanted = isLost;
    tell();
    return !isLost;
  }
  function take(page: PageRead["page"], end: number) {
    const nodes = page?.nodes ?? [];
    cursor = page?.continueAfter ?? null;
    more = page?.pageInfo.hasNextPage === true;
    const oldest = nodes.at(-1);
    if (oldest !== undefined && cursor !== null) marks = [...marks, { position: oldest.position, cursor }];
    const last = events.at(-1)?.position ?? Number.POSITIVE_INFINITY;
    const found = nodes.filter(({ position }) => position < last);
    events = [...events, ...found];
    // Few events may fit; nobody has to ask again for those that were not found yet.
    wanted = found.length === 0 && more;
    if (!begun) listen(Math.max(end, nodes[0]?.position ?? 0));
  }

  function listen(from: number) {
    begun = true;
    position = from;
    stopListening = follow(EventsLive, () => ({ after: position, filter: filter as { kinds?: string[] } }), {
      next({ events }) {
        silence = null;
        position = events.position;
        hear(events.events);
        tell();
      },
      refused([error]) {
        silence = error?.message ?? null;
        tell();
      },
      begun() {
        silence = null;
        tell();
      },
    });
  }
  function hear(recorded: readonly RecordedEvent[]) {
    const newest = held[0]?.position ?? events[0]?.position ?? 0;
    held = [...recorded.filter(({ position }) => position > newest).toReversed(), ...held];
    if (isAtTop) showHeld();
    else if (held.length > KEPT) [tooMany, held] = [tooMany + held.length, []];
  }
  function showHeld() {
    if (tooMany > 0) return beginAgain();
    [events, held] = [[...held, ...events], []];
    if (events.length > KEPT) letGo();
  }
  /** Those beyond the ones that are kept are far out of sight: the newest is in sight. */
  function letGo() {
    events = events.slice(0, KEPT);
    const last = events.at(-1)?.position ?? 0;
    marks = marks.filter(({ position }) => position >= last);
    cursor = marks.at(-1)?.cursor ?? null;
    more = true;
  }
  /** More were held back than can be kept: the newest are read. */
  function beginAgain() {
    [events, held, marks, cursor, tooMany] = [[], [], [], null, 0];
    [begun, more, wanted] = [false, true, true];
    round += 1;
    stopListening();
    worker.go();
  }

  worker.go();
  return {
    older() {
      wanted ||= more;
      worker.go();
    },
    showFresh() {
      isAtTop = true;
      showHeld();
      tell();
    },
    setAtTop(next) {
      isAtTop = next;
      if (!isAtTop || held.length + tooMany === 0) return;
      showHeld();
      tell();
    },
    wake: () => worker.wake(),
    stop() {
      stopped = true;
      worker.stop();
      stopListening();
    },
  };
}
