/** WHIP and WHEP: one POST of an offer, PATCHes of candidates, one DELETE. RFC 9725 and draft-ietf-wish-whep. */

import { refusalOf } from "./failure";
import { candidateFragment, iceServersOf } from "./sdp";

const CANDIDATE_BATCH_MS = 50;

export interface Session {
  close(): void;
}

/**
 * Offer what `pc` holds to `url` and set the answer. The offer is posted before candidates are gathered, because
 * the answer's Link headers name the STUN and TURN servers to gather with (RFC 9725 section 4.6).
 */
export async function connect(pc: RTCPeerConnection, url: string, token: string, signal: AbortSignal): Promise<Session> {
  const authorization = `Bearer ${token}`;
  const offer = await pc.createOffer();
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization, "content-type": "application/sdp" },
    body: offer.sdp ?? "",
    signal,
  });
  if (response.status !== 201) throw await refusalOf(response);
  const place = new URL(response.headers.get("location") ?? "", response.url).href;
  const servers = iceServersOf(response.headers.get("link") ?? "");
  if (servers.length > 0) pc.setConfiguration({ iceServers: servers });
  const answer = await response.text();
  trickle(pc, place, authorization, response.headers.get("etag"));
  await pc.setLocalDescription(offer);
  await pc.setRemoteDescription({ type: "answer", sdp: answer });
  return { close: () => hangUp(pc, place, authorization) };
}

function trickle(pc: RTCPeerConnection, place: string, authorization: string, etag: string | null): void {
  let waiting: RTCIceCandidate[] = [];
  const send = (): void => {
    const body = candidateFragment(pc.localDescription?.sdp ?? "", waiting);
    waiting = [];
    const headers: Record<string, string> = { authorization, "content-type": "application/trickle-ice-sdpfrag" };
    if (etag) headers["if-match"] = etag;
    // A lost candidate is no failure: the server also learns addresses from the checks that reach it.
    fetch(place, { method: "PATCH", headers, body }).catch(() => undefined);
  };
  pc.onicecandidate = ({ candidate }) => {
    if (!candidate?.candidate) return;
    if (waiting.push(candidate) === 1) setTimeout(send, CANDIDATE_BATCH_MS);
  };
}

function hangUp(pc: RTCPeerConnection, place: string, authorization: string): void {
  pc.close();
  // `keepalive` lets the request outlive a page that is being closed.
  fetch(place, { method: "DELETE", headers: { authorization }, keepalive: true }).catch(() => undefined);
}
