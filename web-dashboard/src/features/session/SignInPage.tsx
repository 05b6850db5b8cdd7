import type { TFunction } from "i18next";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate } from "react-router";
import { type Credential, type Refusal, session, signIn } from "../../api/session";
import { useSignal } from "../../api/signal";
import { links } from "../../links";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/Field";
import { Wordmark } from "../../ui/Wordmark";

/** The code of a one-time link. It is taken out of the address at once, so that nobody can use or send it again. */
function takeOnce(): string | null {
  const once = new URLSearchParams(location.hash.slice(1)).get("once");
  if (once !== null) history.replaceState(history.state, "", location.pathname);
  return once;
}

/** The page at `/sign-in`, where one-time links lead. Without a code it leads home, which asks for a token if need be. */
export function SignInPage() {
  const [hasCode] = useState(() => location.hash.includes("once="));
  const state = useSignal(session);
  return state === "in" || !hasCode ? <Navigate to={links.home()} replace /> : <SignIn />;
}

/** Asks for an access token. Also stands in for any page whose session has ended, at that page's address. */
export function SignIn() {
  const { t } = useTranslation();
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);

  async function send(credential: Credential) {
    setBusy(true);
    setRefusal(await signIn(credential));
    setBusy(false);
    setToken("");
  }
  useEffect(() => {
    const once = takeOnce();
    if (once !== null) void send({ once });
  }, []);

  return (
    <main className="flex min-h-dvh items-center justify-center bg-sunk p-4">
      <form
        className="w-full max-w-90 rounded-lg border border-line bg-raised p-6"
        onSubmit={(event) => {
          event.preventDefault();
          void send({ token: token.trim() });
        }}
      >
        <Wordmark />
        <h1 className="mt-6 text-lg font-semibold">{t("signIn.title")}</h1>
        <p className="mt-1 mb-4 text-ink-2">{t("signIn.explain")}</p>
        <TextField
          label={t("signIn.token")}
          type="password"
          autoComplete="off"
          spellCheck={false}
          autoFocus
          className="font-mono"
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
        {refusal !== null && (
          <p role="alert" className="tone-failed tone-text mt-2">
            {wordsFor(refusal, t)}
          </p>
        )}
        <Button type="submit" look="primary" className="mt-4 h-8 w-full" disabled={busy || token.trim() === ""}>
          {busy ? t("signIn.busy") : t("signIn.submit")}
        </Button>
        <p className="mt-4 text-sm text-ink-3">{t("signIn.hint")}</p>
      </form>
    </main>
  );
}

function wordsFor(refusal: Refusal, t: TFunction): string {
  switch (refusal.kind) {
    case "wrong":
      return t("signIn.wrong");
    case "unreachable":
      return t("signIn.unreachable");
    case "tooMany":
      return refusal.seconds === null ? t("signIn.tooMany") : t("signIn.tooManyFor", { count: refusal.seconds });
  }
}
