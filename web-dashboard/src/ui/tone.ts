/** How something is doing, as far as colour and shape can tell. What has which tone is said in `tones.ts`. */
export const TONES = [
  "done",
  "running",
  "away",
  "failed",
  "lost",
  "unreachable",
  "doubt",
  "deferred",
  "waiting",
  "cancelled",
] as const;

export type Tone = (typeof TONES)[number];

/**
 * The shape of every tone as an SVG path in a box of 16 units, filled by the even-odd rule. Marks and the canvas draw
 * the same paths, and no two are told apart by colour alone.
 */
export const SHAPE: Record<Tone, string> = {
  done: "M1 1h14v14H1z",
  running: "M1 1h14v14H1zM5 5v6h6V5z",
  away: "M1 1h14v14H1zM3 3v8.6L11.6 3zM13 4.4 4.4 13H13z",
  failed: "M1 1h14v14H1zM5.2 3.8 3.8 5.2 6.6 8 3.8 10.8 5.2 12.2 8 9.4 10.8 12.2 12.2 10.8 9.4 8 12.2 5.2 10.8 3.8 8 6.6z",
  lost: "M8 0 16 8 8 16 0 8z",
  doubt: "M8 0 16 8 8 16 0 8zM8 4.5 4.5 8 8 11.5 11.5 8z",
  unreachable: "M1 1h14v14H1zM3 3v3l7 7h3v-3L6 3z",
  deferred: "M1 1h14v14H1zM3 3v5h10V3z",
  waiting: "M4 4h8v8H4z",
  cancelled: "M1 6h14v4H1z",
};
