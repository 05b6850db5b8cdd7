import { useDeferredValue } from "react";
import { useQuery } from "urql";
import { type Suggestion, type Typing, written } from "./completion";
import { type Completions, CompletionsQuery } from "./selector.query";

const MOST = 12;
const JOINS: readonly Suggestion[] = ["and", "or"].map((text) => ({ text: `${text} `, hosts: null }));

/** What may come where something is typed, the most frequent first. Nothing is asked for while nobody types. */
export function useSuggestions(typing: Typing | null): readonly Suggestion[] {
  const isValue = typing?.kind === "value";
  const isGroup = isValue && typing.name === "group";
  const text = useDeferredValue(isValue ? typing.text : "");
  const variables = isValue && !isGroup ? { name: typing.name, text, values: MOST } : { name: null, text, values: isGroup ? MOST : 0 };
  const [{ data }] = useQuery({ query: CompletionsQuery, variables, pause: typing === null || typing.kind === "join" });
  if (typing === null) return [];
  return typing.kind === "join" ? fitting(JOINS, typing.text) : suggestions(typing, data?.labels);
}

export function suggestions(typing: Typing, found: Completions | undefined): readonly Suggestion[] {
  if (found === undefined) return [];
  const valued = (values: Completions["groups"]) => values.map(({ value, hosts }) => ({ text: written(value), hosts }));
  if (typing.kind === "value") {
    const values = typing.name === "group" ? found.groups : (found.labels.find(({ name }) => name === typing.name)?.values ?? []);
    return valued(values).slice(0, MOST);
  }
  const own = ["group", "name"].map((text) => ({ text: `${text}=`, hosts: null }));
  return fitting([...found.labels.map(({ name, hosts }) => ({ text: `${name}=`, hosts })), ...own], typing.text);
}

/** Those that begin with what is typed; what is typed in full already is no suggestion. */
function fitting(all: readonly Suggestion[], typed: string): readonly Suggestion[] {
  return all.filter(({ text }) => text.startsWith(typed) && text.trim() !== typed).slice(0, MOST);
}
