"use strict";
// Publishes a programme whose every moment is known: a counter in each picture, and once a period a white flash and
// a beep at the same instant of one clock (AudioContext.currentTime).
//
// URL parameters: whip (the URL to publish to), token (room token), codec (h264, vp8, vp9, av1), width, height, fps,
// period (seconds from flash to flash), audio and video (0 leaves the track out), bitrate (of video, bits a second),
// detail (random specks in each picture, which cost bits), colour (RRGGBB instead of movement and flashes),
// scale (a schedule of scaleResolutionDownBy after the start, e.g. "4:2,8:1" halves the picture at 4 s and restores it
// at 8 s), degradation (what an overloaded browser gives up), reconnect (1: try again each second after a failure),
// start (0: wait for reelroom.start()).
//
// `window.reelroom` tells and steers: state ("idle", "connecting", "connected", "failed", "stopped"), connected,
// error, connections, framesDrawn, flashes [{number, audioTime, performance, epoch}], start(), stop() (tells the
// server), drop() (doesn't), restart(), setScale(n), setEnabled(kind, on), stats().

const RECONNECT_MS = 1000;
const FLASH_S = 0.1;
const BEEP_S = 0.1;
const BEEP_HZ = 1000;
const AHEAD_S = 0.5; // beeps are scheduled this long before they sound

const settings = exchange.parameters({
  whip: "", token: "", codec: "h264", width: 640, height: 360, fps: 30, period: 1, audio: 1, video: 1,
  bitrate: 1500000, detail: 20, colour: "", scale: "", degradation: "maintain-resolution", reconnect: 0, start: 1,
});

const canvas = document.getElementById("picture");
canvas.width = settings.width;
canvas.height = settings.height;
const context = canvas.getContext("2d", { alpha: false, desynchronized: true });
const clock = new AudioContext({ sampleRate: 48000, latencyHint: "interactive" });
const sound = clock.createMediaStreamDestination();
sound.channelCount = 2;
const picture = canvas.captureStream(0); // a frame is taken when we say so, each exactly once

let connection = null;
let session = "";
let timers = [];
let nextBeep = 0;
let lastFlash = -1;

const reelroom = {
  state: "idle", error: "", connections: 0, framesDrawn: 0, flashes: [],
  get connected() { return this.state === "connected"; },
  start, stop, drop, restart, setScale, setEnabled,
  stats: async () => (connection ? [...(await connection.getStats()).values()] : []),
};
window.reelroom = reelroom;

function tell(state, error = "") {
  Object.assign(reelroom, { state, error });
  document.getElementById("status").textContent = `${state} ${error}`;
}

// --- the programme ------------------------------------------------------------------------------------------------

// Ticks come from a worker: timers of a page that nobody looks at are slowed down.
function runTicks(milliseconds, act) {
  const source = `let next = performance.now(); const go = () => { postMessage(0); next += ${milliseconds};
    setTimeout(go, Math.max(0, next - performance.now())); }; go();`;
  new Worker(URL.createObjectURL(new Blob([source]))).onmessage = act;
}

function drawFrame() {
  scheduleBeeps();
  // The picture is on for 1/fps; deciding by its middle spreads rounding evenly before and after the beep.
  const time = clock.currentTime + 0.5 / settings.fps;
  const number = Math.floor(time / settings.period);
  const flash = number > 0 && time - number * settings.period < FLASH_S;
  if (flash && number !== lastFlash) {
    lastFlash = number;
    reelroom.flashes.push({ number, audioTime: clock.currentTime, performance: performance.now(), epoch: Date.now() });
  }
  barcode.draw(context, canvas.width, canvas.height, reelroom.framesDrawn, flash, settings.detail, settings.colour);
  picture.getVideoTracks()[0].requestFrame();
  reelroom.framesDrawn++;
}

function scheduleBeeps() {
  nextBeep = Math.max(nextBeep, Math.floor(clock.currentTime / settings.period) + 1);
  while (nextBeep * settings.period < clock.currentTime + AHEAD_S) {
    const beep = new AudioBufferSourceNode(clock, { buffer: beepBuffer });
    beep.connect(sound);
    beep.start(nextBeep * settings.period);
    nextBeep++;
  }
}

const beepBuffer = new AudioBuffer({ length: BEEP_S * 48000, sampleRate: 48000, numberOfChannels: 1 });
beepBuffer.copyToChannel(
  Float32Array.from({ length: BEEP_S * 48000 }, (_, i) => 0.6 * Math.sin((2 * Math.PI * BEEP_HZ * i) / 48000)), 0,
);

// A silent source keeps samples flowing between the beeps.
const silence = new ConstantSourceNode(clock, { offset: 0 });
silence.connect(sound);
silence.start();

// --- publishing -----------------------------------------------------------------------------------------------------

async function start() {
  if (connection) return;
  tell("connecting");
  await clock.resume();
  const mine = new RTCPeerConnection();
  connection = mine;
  mine.addEventListener("connectionstatechange", () => mine === connection && changed(mine));
  try {
    await addTracks(mine);
    session = await exchange.connect(mine, settings.whip, settings.token);
  } catch (error) {
    if (mine === connection) fail(String(error));
  }
}

async function addTracks(mine) {
  const [sounds, pictures] = [sound.stream.getAudioTracks()[0], picture.getVideoTracks()[0]];
  if (settings.audio) exchange.sendCaptureTimes(mine.addTransceiver(sounds, { direction: "sendonly" }));
  if (!settings.video) return;
  const encoding = { maxBitrate: settings.bitrate, maxFramerate: settings.fps };
  const transceiver = mine.addTransceiver(pictures, { direction: "sendonly", sendEncodings: [encoding] });
  exchange.prefer(transceiver, settings.codec);
  exchange.sendCaptureTimes(transceiver);
  const sending = transceiver.sender.getParameters();
  sending.degradationPreference = settings.degradation;
  await transceiver.sender.setParameters(sending);
}

function changed(mine) {
  if (mine.connectionState === "connected") {
    reelroom.connections++;
    tell("connected");
    scheduleScales();
  } else if (["failed", "disconnected", "closed"].includes(mine.connectionState)) {
    fail(mine.connectionState);
  }
}

function fail(why) {
  close();
  tell("failed", why);
  if (settings.reconnect) timers.push(setTimeout(start, RECONNECT_MS));
}

function close() {
  timers.forEach(clearTimeout);
  timers = [];
  const [closing, place] = [connection, session];
  connection = null;
  session = "";
  closing?.close();
  return place;
}

async function stop() {
  const place = close();
  tell("stopped");
  await exchange.disconnect(place, settings.token);
}

function drop() {
  close();
  tell("stopped");
}

async function restart() {
  await stop();
  await start();
}

async function setScale(by) {
  const sender = connection?.getSenders().find((s) => s.track?.kind === "video");
  if (!sender) return;
  const sending = sender.getParameters();
  sending.encodings[0].scaleResolutionDownBy = by;
  await sender.setParameters(sending);
}

function setEnabled(kind, on) {
  for (const sender of connection?.getSenders() ?? []) if (sender.track?.kind === kind) sender.track.enabled = on;
}

function scheduleScales() {
  for (const entry of settings.scale.split(",").filter(Boolean)) {
    const [seconds, by] = entry.split(":").map(Number);
    timers.push(setTimeout(() => setScale(by), seconds * 1000));
  }
}

clock.resume();
runTicks(1000 / settings.fps, drawFrame);
if (settings.start && settings.whip) start();
