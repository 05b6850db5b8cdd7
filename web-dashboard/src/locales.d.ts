/* Registers a language with cronstrue; it exports nothing that is used. */
declare module "cronstrue/locales/zh_CN";
