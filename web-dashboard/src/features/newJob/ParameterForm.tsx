import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { SelectField, TextArea, TextField } from "../../ui/Field";
import { FieldErrors } from "./FieldErrors";
import type { ErrorsAt } from "./errors";
import type { Field } from "./parameters";
import type { Draft } from "./useDraft";

/** A control for every parameter of the template, with what the server says about it. */
export function ParameterForm({ fields, draft, errors }: { fields: readonly Field[]; draft: Draft; errors: ErrorsAt }) {
  const { t } = useTranslation();
  // Decided once: a field that moved while it is typed into would be lost from under the hands.
  const [first] = useState(() => fields.filter(({ name, required }) => required || draft.parameter(name) !== "").map(({ name }) => name));
  const shown = fields.filter(({ name }) => first.includes(name));
  const others = fields.filter(({ name }) => !first.includes(name));
  const isWrong = others.some(({ name }) => errors(`parameters.${name}`).length > 0);
  if (fields.length === 0) return <p className="text-ink-3">{t("newJob.noParameters")}</p>;
  return (
    <>
      <Controls fields={shown} draft={draft} errors={errors} />
      {others.length > 0 && (
        <details open={isWrong ? true : undefined} className={shown.length > 0 ? "mt-3" : ""}>
          <summary className="cursor-pointer text-ink-2 hover:text-ink">{t("newJob.optional", { count: others.length })}</summary>
          <div className="mt-2">
            <Controls fields={others} draft={draft} errors={errors} />
          </div>
        </details>
      )}
    </>
  );
}

function Controls({ fields, draft, errors }: { fields: readonly Field[]; draft: Draft; errors: ErrorsAt }) {
  return (
    <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
      {fields.map((field) => (
        <div key={field.name} className={field.control === "list" || field.control === "json" ? "sm:col-span-2" : ""}>
          <Control field={field} text={draft.parameter(field.name)} onType={(text) => draft.setParameter(field, text)} />
          <FieldErrors errors={errors(`parameters.${field.name}`)} />
        </div>
      ))}
    </div>
  );
}

interface ControlProps {
  field: Field;
  text: string;
  onType: (text: string) => void;
}

function Control({ field, text, onType }: ControlProps) {
  const { t } = useTranslation();
  const { name, control, usual, required } = field;
  const common = { label: required ? t("newJob.required", { name }) : name, note: <Note field={field} />, required };
  switch (control) {
    case "switch":
    case "choice":
      return (
        <SelectField {...common} value={text} onChange={(event) => onType(event.target.value)}>
          <option value="">{usual === "" ? t("newJob.notGiven") : t("newJob.usual", { value: usual })}</option>
          {(control === "switch" ? ["true", "false"] : field.choices).map((choice) => (
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
function Note({ field }: { field: Field }): ReactNode {
  const { t } = useTranslation();
  const { description, glob, minimum, maximum, control } = field;
  const said = [
    description,
    glob === null ? "" : t("newJob.like", { glob }),
    minimum === null ? "" : t("newJob.atLeast", { value: minimum }),
    maximum === null ? "" : t("newJob.atMost", { value: maximum }),
    control === "secret" ? t("newJob.secret") : "",
    control === "list" ? t("newJob.list") : "",
    control === "json" ? t("newJob.json") : "",
  ];
  return said.filter((text) => text !== "").join(" · ");
}
