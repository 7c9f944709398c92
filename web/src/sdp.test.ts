import { expect, test } from "vitest";

import { candidateFragment, iceServersOf } from "./sdp";

test("a fragment carries the credentials and each section's candidates", () => {
  const sdp = "v=0\r\nm=audio 9 X 0\r\na=ice-ufrag:u\r\na=ice-pwd:p\r\na=mid:0\r\nm=video 9 X 0\r\na=mid:1\r\n";
  const candidates = [{ sdpMid: "1", candidate: "candidate:1" }] as RTCIceCandidate[];
  expect(candidateFragment(sdp, candidates).split("\r\n")).toEqual([
    "a=ice-ufrag:u", "a=ice-pwd:p", "m=video 9 UDP/TLS/RTP/SAVPF 0", "a=mid:1", "a=candidate:1", "",
  ]);
});

test("ice servers are read from Link headers, other links are not", () => {
  const link =
    '<stun:stun.example.org>; rel="ice-server", <https://example.org>; rel=help, ' +
    '<turn:turn.example.org?transport=udp>; rel="ice-server"; username="u"; credential="c,;"';
  expect(iceServersOf(link)).toEqual([
    { urls: "stun:stun.example.org" },
    { urls: "turn:turn.example.org?transport=udp", username: "u", credential: "c,;" },
  ]);
});
