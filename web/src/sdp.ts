/** The few pieces of SDP and of Link headers that signalling needs. */

/** The trickle-ice-sdpfrag of these candidates (RFC 8840 section 9), with the credentials of the description. */
export function candidateFragment(description: string, candidates: readonly RTCIceCandidate[]): string {
  const lines = description.split(/\r?\n/);
  const first = (prefix: string): string => lines.find((line) => line.startsWith(prefix)) ?? "";
  const groups = Map.groupBy(candidates, (candidate) => candidate.sdpMid ?? "0");
  const sections = [...groups].flatMap(([mid, members]) => [
    `m=${kindOf(lines, mid)} 9 UDP/TLS/RTP/SAVPF 0`,
    `a=mid:${mid}`,
    ...members.map((candidate) => `a=${candidate.candidate}`),
  ]);
  return [first("a=ice-ufrag:"), first("a=ice-pwd:"), ...sections, ""].join("\r\n");
}

function kindOf(lines: readonly string[], mid: string): string {
  const place = lines.indexOf(`a=mid:${mid}`);
  const media = lines.slice(0, place + 1).findLast((line) => line.startsWith("m="));
  return media?.slice(2).split(" ")[0] ?? "audio";
}

/** STUN and TURN servers told in Link headers (RFC 9725 section 4.6). */
export function iceServersOf(link: string): RTCIceServer[] {
  const links = link.matchAll(/<((?:stun|turn)s?:[^>]+)>((?:\s*;\s*[\w-]+\s*=\s*(?:"[^"]*"|[^",;\s]+))*)/g);
  return [...links].filter(([, , rest]) => parameter(rest, "rel") === "ice-server").map(([, url, rest]) => {
    const server: RTCIceServer = { urls: url ?? "" };
    const username = parameter(rest, "username");
    const credential = parameter(rest, "credential");
    return { ...server, ...(username && { username }), ...(credential && { credential }) };
  });
}

function parameter(text: string | undefined, name: string): string {
  const match = text?.match(new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^",;\\s]+))`));
  return match?.[1] ?? match?.[2] ?? "";
}
