"use strict";
// Plays a stream by WHEP and watches what the programme of publisher.js shows.
//
// URL parameters: whep (the URL to play), token (room token), watch (0: decode, but look at no picture),
// start (0: wait for reelroom.start()).
//
// `window.reelroom` tells and steers: state, connected, error, videoWidth, videoHeight, framesSeen, counter (of the
// last picture), broken (pictures that could not be read), flashes [{performance, epoch, mediaTime}], sizes
// ["640x360", …], currentTime, framesDecoded() and stats() (both promises), start(), stop().

const settings = exchange.parameters({ whep: "", token: "", watch: 1, start: 1 });
const video = document.getElementById("picture");
const looking = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const LOOK_WIDTH = 320; // pictures are looked at this small

let connection = null;
let session = "";
let wasFlash = false;

const reelroom = {
  state: "idle", error: "", framesSeen: 0, counter: -1, broken: 0, flashes: [], sizes: [],
  get connected() { return this.state === "connected"; },
  get videoWidth() { return video.videoWidth; },
  get videoHeight() { return video.videoHeight; },
  get currentTime() { return video.currentTime; },
  framesDecoded, start, stop,
  stats: async () => (connection ? [...(await connection.getStats()).values()] : []),
};
window.reelroom = reelroom;

function tell(state, error = "") {
  Object.assign(reelroom, { state, error });
  document.getElementById("status").textContent = `${state} ${error}`;
}

async function start() {
  if (connection) return;
  tell("connecting");
  connection = new RTCPeerConnection();
  const media = new MediaStream();
  connection.addEventListener("track", (event) => { media.addTrack(event.track); video.srcObject = media; });
  connection.addEventListener("connectionstatechange", () => connection && tell(connection.connectionState));
  connection.addTransceiver("audio", { direction: "recvonly" });
  connection.addTransceiver("video", { direction: "recvonly" });
  try {
    session = await exchange.connect(connection, settings.whep, settings.token);
  } catch (error) {
    connection?.close();
    connection = null;
    tell("failed", String(error));
  }
}

async function stop() {
  const place = session;
  connection?.close();
  connection = null;
  session = "";
  tell("stopped");
  await exchange.disconnect(place, settings.token);
}

async function framesDecoded() {
  const reports = await reelroom.stats();
  return reports.find((r) => r.type === "inbound-rtp" && r.kind === "video")?.framesDecoded ?? 0;
}

function look(now, frame) {
  reelroom.framesSeen++;
  if (settings.watch && video.videoWidth) readPicture(now, frame);
  video.requestVideoFrameCallback(look);
}

function readPicture(now, frame) {
  const size = `${video.videoWidth}x${video.videoHeight}`;
  if (reelroom.sizes.at(-1) !== size) reelroom.sizes.push(size);
  const [width, height] = [LOOK_WIDTH, Math.round((LOOK_WIDTH * video.videoHeight) / video.videoWidth)];
  if (looking.canvas.height !== height) Object.assign(looking.canvas, { width, height });
  looking.drawImage(video, 0, 0, width, height);
  const seen = barcode.read(looking.getImageData(0, 0, width, height));
  if (seen.counter < 0) reelroom.broken++;
  else reelroom.counter = seen.counter;
  const flash = seen.brightness > 160;
  if (flash && !wasFlash) {
    reelroom.flashes.push({ performance: now, epoch: Date.now(), mediaTime: frame.mediaTime });
  }
  wasFlash = flash;
}

video.requestVideoFrameCallback(look);
if (settings.start && settings.whep) start();
