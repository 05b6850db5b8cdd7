import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { links } from "../../links";
import { PageHeader } from "../../ui/PageHeader";
import beginning from "./beginning.yaml?raw";
import { TemplateEditor } from "./editor/TemplateEditor";

/** A template from nothing but a commented beginning. */
export function NewTemplatePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <div className="flex min-h-full flex-col lg:h-full">
      <PageHeader title={t("templates.new")} />
      <div className="flex min-h-0 flex-1 flex-col border-t border-line">
        <TemplateEditor name={null} source={beginning} version={0} onApplied={(name) => void navigate(links.template(name))} />
      </div>
    </div>
  );
}
