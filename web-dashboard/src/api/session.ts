import { signal } from "./signal";

/** Whether this browser holds a session, as far as the server's answers have told so far. */
export type SessionState = "unknown" | "in" | "out";

export const session = signal<SessionState>("unknown");

/** Counts sign-ins. What was read for one person is forgotten when the next one comes. */
export const signIns = signal(0);

/** What a person signs in with: an access token, or the code of a one-time link. */
export type Credential = { token: string } | { once: string };

/** Why signing in did not work. */
export type Refusal = { kind: "wrong" } | { kind: "tooMany"; seconds: number | null } | { kind: "unreachable" };

/** Trades a credential for an http-only cookie. The credential is kept nowhere. */
export async function signIn(credential: Credential): Promise<Refusal | null> {
  const refusal = await post(credential);
  if (refusal === null) {
    signIns.set(signIns.get() + 1);
    session.set("in");
  }
  return refusal;
}

async function post(credential: Credential): Promise<Refusal | null> {
  try {
    const answer = await fetch("/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(credential),
    });
    if (answer.ok) return null;
    if (answer.status === 429) return { kind: "tooMany", seconds: secondsOf(answer.headers.get("retry-after")) };
    return answer.status >= 500 ? { kind: "unreachable" } : { kind: "wrong" };
  } catch {
    return { kind: "unreachable" };
  }
}

function secondsOf(retryAfter: string | null): number | null {
  const seconds = Number(retryAfter);
  return retryAfter !== null && Number.isFinite(seconds) ? seconds : null;
}

/** Ends the session. Whether it has ended: where the server was not reached, it has not. */
export async function signOut(): Promise<boolean> {
  const hasEnded = await ended();
  if (hasEnded) session.set("out");
  return hasEnded;
}

async function ended(): Promise<boolean> {
  try {
    const { ok, status } = await fetch("/session", { method: "DELETE" });
    return ok || status === 401;
  } catch {
    return false;
  }
}
