import { useEffect, useMemo, useRef } from "react";

import type { Access } from "./access";
import { DevicePicker } from "./DevicePicker";
import { useLink, useLocalMedia, usePoll } from "./hooks";
import { sendTracks, type Devices } from "./media";
import { RecordPanel } from "./RecordPanel";
import { listStreams, publishUrl } from "./rooms";
import { OwnTile, RemoteTile } from "./Tile";

const LOOK_EVERY_MS = 1_500;

interface Props {
  access: Access;
  devices: Devices;
  choose(devices: Devices): void;
  leave(): void;
}

/** Inside a room: everyone's tiles, our switches, the record button. */
export function Room({ access, devices, choose, leave }: Props) {
  const { claims, token } = access;
  const stream = useMemo(() => ownStream(claims.room, claims.user), [claims]);
  const local = useLocalMedia(devices);
  const link = usePublishing(access, stream, local.media);
  const { value: streams, problem } = usePoll(() => listStreams(access), LOOK_EVERY_MS, token);
  const others = (streams ?? []).filter((other) => other.stream !== stream);
  return (
    <main className="room">
      <header>
        <h1>{claims.room}</h1>
        <p role="status">{others.length === 0 ? "Nobody else is here." : `${others.length + 1} in the room`}</p>
      </header>
      <p role="alert" className="problem">{local.problem || problem}</p>
      <section className="tiles" aria-label="People">
        <OwnTile media={local.media} name={claims.name} link={link} />
        {others.map((other) => <RemoteTile key={other.stream} access={access} stream={other} />)}
      </section>
      <nav aria-label="Switches">
        <Switch on={local.switches.audio} words="Microphone" flip={() => local.flip("audio")} />
        <Switch on={local.switches.video} words="Camera" flip={() => local.flip("video")} />
        <button type="button" onClick={leave}>Leave</button>
      </nav>
      {claims.record && <RecordPanel access={access} />}
      <DevicePicker devices={devices} choose={choose} />
    </main>
  );
}

/** Publish `media` under one stream id; a new device goes to the running connection without a new one. */
function usePublishing(access: Access, stream: string, media: MediaStream | null) {
  const connection = useRef<RTCPeerConnection>(undefined);
  useEffect(() => {
    for (const sender of connection.current?.getSenders() ?? []) {
      const track = media?.getTracks().find((candidate) => candidate.kind === sender.track?.kind);
      // A closed connection rejects; the next one is prepared with the new tracks anyway.
      if (track) sender.replaceTrack(track).catch(() => undefined);
    }
  }, [media]);
  return useLink(publishUrl(access, stream), access.token, media !== null, (pc) => {
    connection.current = pc;
    if (media) sendTracks(pc, media);
  });
}

/** Our stream id: the same again after a reload, so that a recording knows the stream again. */
function ownStream(room: string, user: string): string {
  const key = `reelroom-stream:${room}:${user}`;
  const known = sessionStorage.getItem(key);
  if (known) return known;
  const made = `${user}-${crypto.getRandomValues(new Uint32Array(1))[0]!.toString(36)}`;
  sessionStorage.setItem(key, made);
  return made;
}

function Switch({ on, words, flip }: { on: boolean; words: string; flip(): void }) {
  return (
    <button type="button" aria-pressed={on} onClick={flip}>
      {words} {on ? "on" : "off"}
    </button>
  );
}
