import { ChevronFirst, ChevronLast, Pause, Play, SkipBack, SkipForward } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../ui/Button";
import { Segmented } from "../../ui/Segmented";
import { useFormat } from "../../useFormat";
import { type Speed, SPEEDS } from "./course";

interface ControlsProps {
  at: string;
  playing: boolean;
  speed: Speed;
  onSpeed: (speed: Speed) => void;
  onPlay: () => void;
  onFirst: () => void;
  onLast: () => void;
  onBefore: (() => void) | null;
  onAfter: (() => void) | null;
}

/** To the ends, from milestone to milestone, and on by itself. */
export function Controls({ at, playing, speed, onSpeed, onPlay, onFirst, onLast, onBefore, onAfter }: ControlsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 pt-3 pb-2">
      <div className="flex">
        <IconButton label={t("replay.first")} onClick={onFirst}>
          <ChevronFirst size={16} aria-hidden="true" />
        </IconButton>
        <IconButton label={t("replay.before")} disabled={onBefore === null} onClick={() => onBefore?.()}>
          <SkipBack size={14} aria-hidden="true" />
        </IconButton>
        <IconButton label={playing ? t("replay.pause") : t("replay.play")} aria-pressed={playing} onClick={onPlay}>
          {playing ? <Pause size={15} aria-hidden="true" /> : <Play size={15} aria-hidden="true" />}
        </IconButton>
        <IconButton label={t("replay.after")} disabled={onAfter === null} onClick={() => onAfter?.()}>
          <SkipForward size={14} aria-hidden="true" />
        </IconButton>
        <IconButton label={t("replay.last")} onClick={onLast}>
          <ChevronLast size={16} aria-hidden="true" />
        </IconButton>
      </div>
      <Segmented<`${Speed}`>
        label={t("replay.speed")}
        value={`${speed}`}
        onChoose={(chosen) => onSpeed(SPEEDS.find((speed) => String(speed) === chosen) ?? 1)}
        choices={SPEEDS.map((speed) => ({ value: `${speed}`, label: t("replay.times", { speed: format.number(speed) }) }))}
      />
      <time dateTime={at} className="ml-auto font-semibold tabular-nums">
        {format.exact(at)}
      </time>
    </div>
  );
}
