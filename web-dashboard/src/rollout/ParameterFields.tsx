import { useTranslation } from "react-i18next";
import { SelectField, TextField } from "../ui/Field";
import { type Kind, type Parameter, parametersOf, valueText } from "./parameters";

/** What was typed for each parameter; what is not there is the usual. */
export type Typed = Readonly<Record<string, string>>;

/** A field for every parameter of a schema, empty where the usual value is meant. */
export function ParameterFields({ schema, typed, onType }: { schema: unknown; typed: Typed; onType: (typed: Typed) => void }) {
  return parametersOf(schema).map((parameter) => (
    <ParameterField
      key={parameter.name}
      parameter={parameter}
      value={typed[parameter.name] ?? ""}
      onType={(value) => onType({ ...typed, [parameter.name]: value })}
    />
  ));
}

function ParameterField({ parameter, value, onType }: { parameter: Parameter; value: string; onType: (value: string) => void }) {
  const { t } = useTranslation();
  const { name, type, description, otherwise, required } = parameter;
  const choices = type === "boolean" ? [true, false] : parameter.choices;
  const usual = otherwise === undefined ? "" : t("parameters.usual", { value: valueText(otherwise) });
  const label = required ? t("parameters.needed", { name }) : name;
  const note = description === "" ? {} : { note: description };
  if (choices.length === 0) {
    return <TextField label={label} {...note} value={value} placeholder={usual} onChange={(event) => onType(event.target.value)} />;
  }
  return (
    <SelectField label={label} {...note} value={value} onChange={(event) => onType(event.target.value)}>
      <option value="">{usual}</option>
      {choices.map((choice) => (
        <option key={valueText(choice)} value={valueText(choice)}>
          {valueText(choice)}
        </option>
      ))}
    </SelectField>
  );
}

/** What was typed as values: texts as they are, everything else as JSON. What cannot be read goes as text: the server says why. */
export function valuesOf(schema: unknown, typed: Typed): Record<string, unknown> {
  const given = parametersOf(schema).filter(({ name }) => (typed[name] ?? "") !== "");
  return Object.fromEntries(given.map(({ name, type }) => [name, read(type, typed[name] ?? "")]));
}

function read(type: Kind, text: string): unknown {
  if (type === "string") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
