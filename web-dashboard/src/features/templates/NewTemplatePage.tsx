export function NewTemplatePage() {
  return null;
}
