import { useAnswer } from "../../api/useAnswer";
import { type Template, TemplateNamesQuery, TemplateQuery } from "./schedules.query";

/** As many templates as a list to choose from holds. */
const MOST_TEMPLATES = 200;

/** The names of the templates that jobs can be created from; `null` until they are known. */
export function useTemplateNames(): readonly string[] | null {
  const { data } = useAnswer(TemplateNamesQuery, { first: MOST_TEMPLATES });
  return data?.templates.nodes.map(({ name }) => name) ?? null;
}

/** What a template's jobs take, and their usual hosts; `null` until that is known, and where there is no such template. */
export function useTemplate(name: string): Template | null {
  const { data } = useAnswer(TemplateQuery, name === "" ? null : { name });
  return data?.template?.name === name ? data.template : null;
}
