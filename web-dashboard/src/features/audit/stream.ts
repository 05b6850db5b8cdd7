/** What stands in a stream's name behind the kind of stream. */
export function idIn(stream: string, kind: string): string | null {
  return stream.startsWith(kind) ? stream.slice(kind.length) : null;
}
