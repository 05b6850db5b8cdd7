import { createContext, useContext } from "react";

/** What tips and menus are put into: a modal dialog, which covers everything outside of it. Nothing is the page. */
export const Ground = createContext<HTMLElement | null>(null);

export const useGround = () => useContext(Ground);
