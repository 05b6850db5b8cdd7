import {
  CalendarClock,
  ChartNoAxesColumn,
  FileCode2,
  Gauge,
  Layers,
  LogOut,
  type LucideIcon,
  MenuIcon,
  Scale,
  ScrollText,
  Server,
  Settings2,
  SquareTerminal,
} from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, useNavigate } from "react-router";
import { signOut } from "../api/session";
import { links, NOTICES } from "../links";
import { type Clock, clock, type Language, language, type Theme, theme, useClock, useLanguage, useTheme } from "../preferences";
import { IconButton } from "../ui/Button";
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuLine } from "../ui/Menu";
import { Wordmark } from "../ui/Wordmark";

const PLACES = [
  { name: "overview", to: links.home(), Icon: Gauge },
  { name: "jobs", to: links.jobs(), Icon: Layers },
  { name: "hosts", to: links.hosts(), Icon: Server },
  { name: "templates", to: links.templates(), Icon: FileCode2 },
  { name: "actions", to: links.actions(), Icon: SquareTerminal },
  { name: "schedules", to: links.schedules(), Icon: CalendarClock },
  { name: "statistics", to: links.statistics(), Icon: ChartNoAxesColumn },
  { name: "audit", to: links.audit(), Icon: ScrollText },
] as const;

/** Those that stand on a narrow screen; the others are in a menu there. */
const ALWAYS: readonly string[] = ["overview", "jobs"];

const LANGUAGES: Record<Language, string> = { en: "English", zh: "中文" };
const THEMES: readonly Theme[] = ["system", "light", "dark"];
const CLOCKS: readonly Clock[] = ["local", "utc", "job"];

/** Where one can go, and who one is. On a narrow screen it lies across the top. */
export function Sidebar({ actor, version }: { actor: string | undefined; version: string | undefined }) {
  const { t } = useTranslation();
  const [stillIn, setStillIn] = useState(false);
  async function leave() {
    setStillIn(false);
    setStillIn(!(await signOut()));
  }
  return (
    <header className="flex shrink-0 items-center gap-3 border-line bg-sunk px-3 max-md:h-12 max-md:border-b md:w-44 md:flex-col md:items-stretch md:gap-0 md:border-r md:py-3">
      <NavLink to={links.home()} className="rounded-md px-2 py-1" aria-label="Stagger">
        <Wordmark />
      </NavLink>
      <nav aria-label={t("shell.navigation")} className="flex gap-0.5 md:mt-4 md:flex-col">
        {PLACES.map(({ name, to, Icon }) => (
          <Place key={name} to={to} Icon={Icon} narrow={ALWAYS.includes(name)}>
            {t(`nav.${name}`)}
          </Place>
        ))}
        <OtherPlaces />
      </nav>
      <div className="ml-auto flex items-center gap-1 md:mt-auto md:ml-0">
        <div className="min-w-0 flex-1 px-2 max-md:hidden">
          <p className="truncate text-sm font-medium text-ink-2">{actor ?? " "}</p>
          <p className="truncate text-xs text-ink-3">{version === undefined ? " " : `Stagger ${version}`}</p>
        </div>
        <Preferences actor={actor} onSignOut={() => void leave()} />
      </div>
      {stillIn && (
        <p role="alert" className="tone-failed tone-text px-2 text-sm md:mt-2">
          {t("shell.stillIn")}
        </p>
      )}
    </header>
  );
}

function Place({ to, Icon, narrow, children }: { to: string; Icon: LucideIcon; narrow: boolean; children: string }) {
  return (
    <NavLink
      to={to}
      end={to === links.home()}
      className={`flex h-8 items-center gap-2 rounded-md px-2 font-medium text-ink-2 hover:bg-hover hover:text-ink aria-[current=page]:bg-hover aria-[current=page]:text-ink ${narrow ? "" : "max-md:hidden"}`}
    >
      <Icon size={15} aria-hidden="true" className={narrow ? "max-md:hidden" : ""} />
      {children}
    </NavLink>
  );
}

function OtherPlaces() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const trigger = (
    <IconButton label={t("shell.more")} className="md:hidden">
      <MenuIcon size={15} aria-hidden="true" />
    </IconButton>
  );
  return (
    <Menu trigger={trigger} align="start">
      {PLACES.filter(({ name }) => !ALWAYS.includes(name)).map(({ name, to, Icon }) => (
        <MenuItem key={name} onSelect={() => void navigate(to)}>
          <span className="inline-flex items-center gap-2">
            <Icon size={13} aria-hidden="true" />
            {t(`nav.${name}`)}
          </span>
        </MenuItem>
      ))}
    </Menu>
  );
}

function Preferences({ actor, onSignOut }: { actor: string | undefined; onSignOut: () => void }) {
  const { t } = useTranslation();
  const [chosenLanguage, chosenTheme, chosenClock] = [useLanguage(), useTheme(), useClock()];
  const trigger = (
    <IconButton label={t("shell.preferences")}>
      <Settings2 size={15} aria-hidden="true" />
    </IconButton>
  );
  return (
    <Menu trigger={trigger}>
      <MenuLabel>{t("shell.language")}</MenuLabel>
      {(Object.keys(LANGUAGES) as Language[]).map((name) => (
        <MenuChoice key={name} chosen={name === chosenLanguage} onSelect={() => language.set(name)}>
          {LANGUAGES[name]}
        </MenuChoice>
      ))}
      <MenuLabel>{t("shell.theme")}</MenuLabel>
      {THEMES.map((name) => (
        <MenuChoice key={name} chosen={name === chosenTheme} onSelect={() => theme.set(name)}>
          {t(`theme.${name}`)}
        </MenuChoice>
      ))}
      <MenuLabel>{t("shell.clock")}</MenuLabel>
      {CLOCKS.map((name) => (
        <MenuChoice key={name} chosen={name === chosenClock} onSelect={() => clock.set(name)}>
          {t(`clock.${name}`)}
        </MenuChoice>
      ))}
      <MenuLine />
      <MenuItem onSelect={() => void window.open(NOTICES, "_blank", "noopener")}>
        <span className="inline-flex items-center gap-2">
          <Scale size={13} aria-hidden="true" />
          {t("shell.licences")}
        </span>
      </MenuItem>
      {actor !== undefined && (
        <>
          <MenuLine />
          <MenuItem onSelect={onSignOut}>
            <span className="inline-flex items-center gap-2">
              <LogOut size={13} aria-hidden="true" />
              {t("shell.signOut")}
            </span>
          </MenuItem>
        </>
      )}
    </Menu>
  );
}
