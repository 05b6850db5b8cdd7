import { useAddress } from "../../useAddress";

const OF_THE_HOST = ["attempt"];

/** The host whose drawer is open. With another host, what was chosen in its drawer is gone. */
export function useHostAddress(): [string, (host: string) => void] {
  return useAddress("host", OF_THE_HOST);
}
