import { useDeferredValue } from "react";
import { useQuery } from "urql";
import { type Suggestion, type Typing, written } from "./completion";
import { type Completions, CompletionsQuery } from "./selector.query";

const MOST = 12;
const JOINS: readonly Suggestion[] = ["and", "or"].map((text) => ({ text: `${text} `, hosts: null }));

export interface Suggested {
  found: readonly Suggestion[];
  /** Whether what is typed is something already. */
  whole: boolean;
}

const NOTHING: Suggested = { found: [], whole: false };

/** What may come where something is typed, the most frequent first. Nothing is asked for while nobody types. */
export function useSuggestions(typing: Typing | null): Suggested {
  const isValue = typing?.kind === "value";
  const isGroup = isValue && typing.name === "group";
  const text = useDeferredValue(isValue ? typing.text : "");
  const variables = isValue && !isGroup ? { name: typing.name, text, values: MOST } : { name: null, text, values: isGroup ? MOST : 0 };
  const [{ data }] = useQuery({ query: CompletionsQuery, variables, pause: typing === null || typing.kind === "join" });
  if (typing === null) return NOTHING;
  return typing.kind === "join" ? { found: fitting(JOINS, typing.text), whole: false } : suggestions(typing, data?.labels);
}

function suggestions(typing: Typing, known: Completions | undefined): Suggested {
  if (known === undefined) return NOTHING;
  if (typing.kind === "value") return valued(typing.name === "group" ? known.groups : valuesOf(typing.name, known), typing.text);
  const own = ["group", "name"].map((text) => ({ text: `${text}=`, hosts: null }));
  return { found: fitting([...known.labels.map(({ name, hosts }) => ({ text: `${name}=`, hosts })), ...own], typing.text), whole: false };
}

function valuesOf(label: string, { labels }: Completions): Completions["groups"] {
  return labels.find(({ name }) => name === label)?.values ?? [];
}

/** What is typed in full already is no suggestion. */
function valued(values: Completions["groups"], typed: string): Suggested {
  const others = values.filter(({ value }) => value !== typed);
  return { found: others.map(({ value, hosts }) => ({ text: written(value), hosts })).slice(0, MOST), whole: others.length < values.length };
}

/** Those that begin with what is typed; what is typed in full already is no suggestion. */
function fitting(all: readonly Suggestion[], typed: string): readonly Suggestion[] {
  return all.filter(({ text }) => text.startsWith(typed) && text.trim() !== typed).slice(0, MOST);
}
