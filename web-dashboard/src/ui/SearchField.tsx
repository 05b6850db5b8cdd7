import { Search } from "lucide-react";
import { type InputHTMLAttributes, type Ref, useState } from "react";

interface Asked extends InputHTMLAttributes<HTMLInputElement> {
  /** Said to those who do not see it, and written into it while it is empty. */
  label: string;
  field: Ref<HTMLInputElement>;
  value: string;
  /** Where it stands among its neighbours. */
  place?: string;
}

/** A field to search in what stands beside it. */
export function SearchField({ label, field, value, onChange, onBlur, place = "", className = "", ...rest }: Asked) {
  // An address takes a moment to change; what is typed meanwhile must not be lost to what it still says.
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <label className={`relative ${place}`}>
      <span className="sr-only">{label}</span>
      <Search size={13} aria-hidden="true" className="absolute top-1.5 left-2 text-ink-3" />
      <input
        {...rest}
        ref={field}
        type="search"
        value={typed ?? value}
        onChange={(event) => {
          setTyped(event.target.value);
          onChange?.(event);
        }}
        onBlur={(event) => {
          setTyped(null);
          onBlur?.(event);
        }}
        placeholder={label}
        className={`rounded-md border border-line-strong bg-paper pl-7 ${className}`}
      />
    </label>
  );
}
