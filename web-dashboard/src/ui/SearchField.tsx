import { Search } from "lucide-react";
import type { InputHTMLAttributes, Ref } from "react";

interface Asked extends InputHTMLAttributes<HTMLInputElement> {
  /** Said to those who do not see it, and written into it while it is empty. */
  label: string;
  field: Ref<HTMLInputElement>;
  /** Where it stands among its neighbours. */
  place?: string;
}

/** A field to search in what stands beside it. */
export function SearchField({ label, field, place = "", className = "", ...rest }: Asked) {
  return (
    <label className={`relative ${place}`}>
      <span className="sr-only">{label}</span>
      <Search size={13} aria-hidden="true" className="absolute top-1.5 left-2 text-ink-3" />
      <input
        {...rest}
        ref={field}
        type="search"
        placeholder={label}
        className={`rounded-md border border-line-strong bg-paper pl-7 ${className}`}
      />
    </label>
  );
}
