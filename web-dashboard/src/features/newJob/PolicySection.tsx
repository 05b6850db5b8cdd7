import { useTranslation } from "react-i18next";
import type { ErrorsAt } from "../../api/errors";
import { useStageWords } from "../../rollout/stageWords";
import { FieldErrors } from "../../ui/FieldErrors";
import { Segmented } from "../../ui/Segmented";
import type { TemplateForm } from "./newJob.query";
import { PolicyEditor } from "./PolicyEditor";
import { beginWith, choiceOf, type PolicyChoice, readPolicy, writePolicy } from "./policy";

interface PolicySectionProps {
  template: TemplateForm;
  /** The policy as it stands in the address. */
  policy: string;
  errors: ErrorsAt;
  onChange: (policy: string) => void;
}

const CHOICES: readonly PolicyChoice[] = ["template", "size", "own"];

/** How the job goes through its hosts: as the template says, as their number suggests, or as somebody types here. */
export function PolicySection({ template, policy, errors, onChange }: PolicySectionProps) {
  const { t } = useTranslation();
  const { batches, concurrency } = template.definition;
  const choice = choiceOf(policy);
  const words = useStageWords();
  const choose = (choice: PolicyChoice) => onChange(writePolicy(choice === "own" ? beginWith(batches) : choice));
  return (
    <>
      <Segmented<PolicyChoice>
        label={t("newJob.policy")}
        value={choice}
        onChoose={choose}
        choices={CHOICES.map((value) => ({ value, label: t(`newJob.policies.${value}`) }))}
      />
      <div className="mt-3">
        {choice === "template" && batches.length > 0 && (
          <ol className="space-y-0.5 text-ink-2">
            {batches.map((stage, place) => (
              <li key={place}>
                <span className="mr-2 text-ink-3">{place + 1}</span>
                {stage.repeat ? `${words.line(stage)} · ${t("planned.repeats")}` : words.line(stage)}
              </li>
            ))}
          </ol>
        )}
        {choice === "template" && batches.length === 0 && <p className="text-ink-2">{t("newJob.templateSilent")}</p>}
        {choice === "size" && <p className="text-ink-2">{t("newJob.bySize")}</p>}
        {choice === "own" ? (
          <PolicyEditor policy={readPolicy(policy) ?? beginWith(batches)} errors={errors} onChange={(changed) => onChange(writePolicy(changed))} />
        ) : (
          <>
            <p className="mt-1 text-sm text-ink-3">{t("newJob.atOnce", { count: concurrency })}</p>
            <FieldErrors errors={[...errors("policy.batches"), ...errors("policy.concurrency"), ...errors("policy.allowBigBatch")]} />
          </>
        )}
      </div>
    </>
  );
}
