/**
 * A key for something that shall be done once, however often it is asked for because no answer came. (`crypto.randomUUID` is
 * there only where the page came by HTTPS.)
 */
export function freshKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
