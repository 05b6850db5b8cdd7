// Waiting for what is so. Never found here: a wait for a time.

/**
 * Asks again and again until something is so, and gives back what was answered.
 * @template T
 * @param {string} what names it in the complaint
 * @param {() => T | Promise<T>} isSo
 * @param {number} [longest] milliseconds
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(what, isSo, longest = 30_000) {
  const end = Date.now() + longest;
  for (;;) {
    const answer = await isSo();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${longest / 1000} s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
