import type { ReactNode } from "react";
import { Link } from "react-router";
import { type ButtonLook, buttonClass } from "./Button";

/** A link that looks like a button: it goes somewhere, and changes nothing. */
export function ButtonLink({ to, look = "plain", children }: { to: string; look?: ButtonLook; children: ReactNode }) {
  return (
    <Link to={to} className={buttonClass(look)}>
      {children}
    </Link>
  );
}
