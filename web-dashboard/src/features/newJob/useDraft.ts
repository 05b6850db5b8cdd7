import { useEffect, useMemo, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { type Parameter, valuesOf } from "../../rollout/parameters";
import { useThrottled } from "../../useThrottled";
import type { CreateJobInput } from "./newJob.query";
import { policyInput } from "./policy";

const PARAMETER = "p.";
/** How often the address is written. */
const ADDRESS = 300;

/** Everything a person chose for a job. All of it is in the address but secrets, which no address shall hold. */
export interface Draft {
  template: string;
  /** The selector; empty is the template's. */
  targets: string;
  /** The policy as it stands in the address. */
  policy: string;
  seed: string;
  /** A parameter as it was typed. */
  parameter: (name: string) => string;
  set: (part: "targets" | "policy" | "seed", value: string) => void;
  setParameter: (parameter: Pick<Parameter, "name" | "secret">, text: string) => void;
  /** Another template: what was chosen for the one before is gone. */
  setTemplate: (name: string) => void;
}

export function useDraft(): Draft {
  const [chosen, setChosen] = useChoices();
  const [secrets, setSecrets] = useState<Readonly<Record<string, string>>>({});
  return useMemo(() => {
    const search = new URLSearchParams(chosen);
    const change = (name: string, value: string) =>
      setChosen((before) => {
        const after = new URLSearchParams(before);
        if (value === "") after.delete(name);
        else after.set(name, value);
        return after.toString();
      });
    return {
      template: search.get("template") ?? "",
      targets: search.get("targets") ?? "",
      policy: search.get("policy") ?? "",
      seed: search.get("seed") ?? "",
      parameter: (name) => secrets[name] ?? search.get(PARAMETER + name) ?? "",
      set: change,
      setParameter({ name, secret }, text) {
        if (secret) setSecrets((before) => ({ ...before, [name]: text }));
        else change(PARAMETER + name, text);
      },
      setTemplate(name) {
        setSecrets({});
        setChosen(new URLSearchParams(name === "" ? {} : { template: name }).toString());
      },
    };
  }, [chosen, secrets, setChosen]);
}

/**
 * The choices as the text of the address's search. They are kept here and written into the address a little later:
 * it is too slow for what is typed. An address that somebody else wrote is taken in.
 */
function useChoices() {
  const [search, setSearch] = useSearchParams();
  const [chosen, setChosen] = useState(() => search.toString());
  const written = useRef(chosen);
  // Addresses we wrote that may still be on their way back to us.
  const ours = useRef(new Set([chosen]));
  const told = useThrottled(chosen, ADDRESS);
  useEffect(() => {
    if (told === written.current) return;
    written.current = told;
    ours.current.add(told);
    setSearch(new URLSearchParams(told), { replace: true });
  }, [told, setSearch]);
  useEffect(() => {
    const said = search.toString();
    if (said !== written.current && ours.current.has(said)) return;
    ours.current = new Set([said]);
    if (said === written.current) return;
    written.current = said;
    setChosen(said);
  }, [search]);
  return [chosen, setChosen] as const;
}

/** What the API is given of a draft. */
export function inputOf(draft: Draft, parameters: readonly Parameter[]): CreateJobInput {
  const policy = policyInput(draft.policy);
  return {
    template: draft.template,
    parameters: valuesOf(parameters, draft.parameter),
    ...(draft.targets.trim() === "" ? {} : { targets: draft.targets.trim() }),
    ...(policy === undefined ? {} : { policy }),
    ...(draft.seed === "" ? {} : { seed: draft.seed }),
  };
}
