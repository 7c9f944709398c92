"use strict";
// One offer, one answer: what WHIP (RFC 9725) and WHEP have in common.

const exchange = (() => {
  const GATHER_MS = 2000; // all candidates go with the offer; one that takes longer is left out

  function parameters(defaults) {
    const given = new URLSearchParams(location.search);
    const read = (name, usual) => {
      const value = given.get(name);
      if (value === null) return usual;
      return typeof usual === "number" ? Number(value) : value;
    };
    return Object.fromEntries(Object.entries(defaults).map(([name, usual]) => [name, read(name, usual)]));
  }

  // Sends the offer of `connection`, applies the answer. Returns the URL of the session, "" if it isn't told.
  async function connect(connection, url, token) {
    await connection.setLocalDescription();
    await gathered(connection);
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/sdp", ...authorization(token) },
      body: connection.localDescription.sdp,
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    await connection.setRemoteDescription({ type: "answer", sdp: await response.text() });
    const place = response.headers.get("Location"); // a page of another origin sees it only if the server exposes it
    return place ? new URL(place, url).href : "";
  }

  async function disconnect(session, token) {
    if (session) await fetch(session, { method: "DELETE", headers: authorization(token) });
  }

  function authorization(token) {
    return token ? { Authorization: `Bearer ${token}` } : {};
  }

  function gathered(connection) {
    return new Promise((resolve) => {
      const look = () => connection.iceGatheringState === "complete" && resolve();
      connection.addEventListener("icegatheringstatechange", look);
      setTimeout(resolve, GATHER_MS);
      look();
    });
  }

  // Puts one codec of a transceiver first, and leaves out the others except retransmission.
  function prefer(transceiver, codec) {
    const wanted = `video/${codec}`.toLowerCase();
    const rank = (c) => ((c.sdpFmtpLine ?? "").includes("packetization-mode=1") ? 0 : 1);
    const offered = RTCRtpReceiver.getCapabilities("video").codecs;
    const chosen = offered.filter((c) => c.mimeType.toLowerCase() === wanted).sort((a, b) => rank(a) - rank(b));
    if (!chosen.length) throw new Error(`this browser has no ${codec}`);
    transceiver.setCodecPreferences([...chosen, ...offered.filter((c) => c.mimeType.toLowerCase() === "video/rtx")]);
  }

  // Capture times on the wire make lip sync exact from the first packet on; not every browser can.
  function sendCaptureTimes(transceiver) {
    const extensions = transceiver.getHeaderExtensionsToNegotiate?.();
    const wanted = extensions?.find((e) => e.uri.endsWith("abs-capture-time"));
    if (!wanted) return;
    wanted.direction = "sendrecv";
    transceiver.setHeaderExtensionsToNegotiate(extensions);
  }

  return { parameters, connect, disconnect, prefer, sendCaptureTimes };
})();
