/** What is sent and received: transceivers, codecs, header extensions, devices. */

const CAPTURE_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time";
const VIDEO_BITRATE = 1_500_000; // bits a second

export interface Devices {
  camera: string; // device id; empty: the browser's choice
  microphone: string;
}

/** Open camera and microphone. Rejects with the browser's DOMException. */
export function openDevices({ camera, microphone }: Devices): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({
    video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 }, ...exactly(camera) },
    audio: { echoCancellation: true, noiseSuppression: true, ...exactly(microphone) },
  });
}

function exactly(deviceId: string): MediaTrackConstraints {
  return deviceId ? { deviceId: { exact: deviceId } } : {};
}

/** Cameras and microphones; their labels are empty until the browser was allowed to use one. */
export async function listDevices(): Promise<{ cameras: MediaDeviceInfo[]; microphones: MediaDeviceInfo[] }> {
  const all = await navigator.mediaDevices.enumerateDevices();
  const of = (kind: MediaDeviceKind) => all.filter((device) => device.kind === kind && device.deviceId !== "");
  return { cameras: of("videoinput"), microphones: of("audioinput") };
}

/** Prepare a connection that sends the tracks of `media`. */
export function sendTracks(pc: RTCPeerConnection, media: MediaStream): void {
  for (const track of media.getTracks()) {
    const encodings = track.kind === "video" ? [{ maxBitrate: VIDEO_BITRATE }] : [{}];
    const transceiver = pc.addTransceiver(track, { direction: "sendonly", streams: [media], sendEncodings: encodings });
    preferH264(transceiver, track.kind);
    askCaptureTime(transceiver);
  }
}

/** Prepare a connection that receives one stream; the stream fills as tracks arrive. */
export function receiveTracks(pc: RTCPeerConnection): MediaStream {
  const media = new MediaStream();
  for (const kind of ["audio", "video"]) pc.addTransceiver(kind, { direction: "recvonly" });
  pc.ontrack = ({ track }) => media.addTrack(track);
  return media;
}

/** H264 first: a recording then holds the very frames that were sent, instead of transcoded ones. */
function preferH264(transceiver: RTCRtpTransceiver, kind: string): void {
  const codecs = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
  const isH264 = (codec: RTCRtpCodec) => codec.mimeType.toLowerCase() === "video/h264";
  if (!codecs.some(isH264)) return;
  transceiver.setCodecPreferences([...codecs.filter(isH264), ...codecs.filter((codec) => !isH264(codec))]);
}

interface HeaderExtension {
  uri: string;
  direction: RTCRtpTransceiverDirection;
}

/** Capture instants in packets give lip sync from the first frame on; Chromium leaves the extension out unasked. */
function askCaptureTime(transceiver: RTCRtpTransceiver): void {
  const able = transceiver as RTCRtpTransceiver & {
    getHeaderExtensionsToNegotiate?(): HeaderExtension[];
    setHeaderExtensionsToNegotiate?(extensions: HeaderExtension[]): void;
  };
  if (!able.getHeaderExtensionsToNegotiate || !able.setHeaderExtensionsToNegotiate) return;
  const extensions = able.getHeaderExtensionsToNegotiate();
  for (const extension of extensions) if (extension.uri === CAPTURE_TIME) extension.direction = "sendrecv";
  able.setHeaderExtensionsToNegotiate(extensions);
}
