import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { typed } from "../typed";
import { SelectField, TextArea, TextField } from "../ui/Field";
import { FieldErrors, type Said } from "../ui/FieldErrors";
import type { Parameter, Texts } from "./parameters";

interface ParameterFormProps {
  parameters: readonly Parameter[];
  textOf: Texts;
  onType: (parameter: Parameter, text: string) => void;
  /** What the server says about a parameter, by its name. */
  errors?: (name: string) => readonly Said[];
}

const NONE: readonly Said[] = [];
const noErrors = () => NONE;

/** A control for every parameter. Those that need not be given are folded away while nothing is typed into them. */
export function ParameterForm({ parameters, textOf, onType, errors = noErrors }: ParameterFormProps) {
  const { t } = useTranslation();
  // Decided once: a field that moved while it is typed into would be lost from under the hands.
  const [first] = useState(() => parameters.filter(({ name }) => textOf(name) !== "").map(({ name }) => name));
  // What is needed is shown whenever it becomes known.
  const isShown = ({ name, required }: Parameter) => required || first.includes(name);
  const shown = parameters.filter(isShown);
  const others = parameters.filter((parameter) => !isShown(parameter));
  const isWrong = others.some(({ name }) => errors(name).length > 0);
  if (parameters.length === 0) return <p className="text-ink-3">{t("parameters.none")}</p>;
  return (
    <>
      <Controls parameters={shown} textOf={textOf} onType={onType} errors={errors} />
      {others.length > 0 && (
        <details open={isWrong ? true : undefined} className={shown.length > 0 ? "mt-3" : ""}>
          <summary className="cursor-pointer text-ink-2 hover:text-ink">{t("parameters.optional", { count: others.length })}</summary>
          <div className="mt-2">
            <Controls parameters={others} textOf={textOf} onType={onType} errors={errors} />
          </div>
        </details>
      )}
    </>
  );
}

function Controls({ parameters, textOf, onType, errors }: Required<ParameterFormProps>) {
  return (
    <div className="@container">
      <div className="grid gap-x-4 gap-y-3 @md:grid-cols-2">
        {parameters.map((parameter) => (
          <div key={parameter.name} className={parameter.control === "list" || parameter.control === "json" ? "@md:col-span-2" : ""}>
            <ParameterField parameter={parameter} text={textOf(parameter.name)} onType={(text) => onType(parameter, text)} />
            <FieldErrors errors={errors(parameter.name)} />
          </div>
        ))}
      </div>
    </div>
  );
}

interface ParameterFieldProps {
  parameter: Parameter;
  text: string;
  onType: (text: string) => void;
}

function ParameterField({ parameter, text, onType }: ParameterFieldProps) {
  const { t } = useTranslation();
  const { name, control, otherwise, choices, required } = parameter;
  const usual = otherwise === undefined ? "" : typed(otherwise);
  const common = { label: required ? t("parameters.needed", { name }) : name, note: <Note parameter={parameter} />, required };
  switch (control) {
    case "switch":
    case "choice":
      return (
        <SelectField {...common} value={text} onChange={(event) => onType(event.target.value)}>
          <option value="">{usual === "" ? t("parameters.notGiven") : t("parameters.usual", { value: usual })}</option>
          {(control === "switch" ? ["true", "false"] : choices.map(typed)).map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </SelectField>
      );
    case "list":
    case "json":
      return (
        <TextArea {...common} value={text} placeholder={usual} spellCheck={false} onChange={(event) => onType(event.target.value)} />
      );
    case "text":
    case "number":
    case "secret":
      return (
        <TextField
          {...common}
          value={text}
          placeholder={control === "secret" ? "env:NAME" : usual}
          inputMode={control === "number" ? "decimal" : "text"}
          autoComplete="off"
          spellCheck={false}
          className={control === "secret" ? "font-mono" : ""}
          onChange={(event) => onType(event.target.value)}
        />
      );
  }
}

/** What it is for, and what it may be. */
function Note({ parameter }: { parameter: Parameter }): ReactNode {
  const { t } = useTranslation();
  const { description, glob, minimum, maximum, control } = parameter;
  const said = [
    description,
    glob === null ? "" : t("parameters.like", { pattern: glob }),
    minimum === null ? "" : t("parameters.atLeast", { value: minimum }),
    maximum === null ? "" : t("parameters.atMost", { value: maximum }),
    control === "secret" ? t("parameters.reference") : "",
    control === "list" ? t("parameters.lines") : "",
    control === "json" ? t("parameters.json") : "",
  ];
  return said.filter((text) => text !== "").join(" · ");
}
