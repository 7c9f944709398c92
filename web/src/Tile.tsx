import { useCallback, useEffect, useRef, useState } from "react";

import type { Access } from "./access";
import { useLink } from "./hooks";
import type { LinkState } from "./link";
import { receiveTracks } from "./media";
import { viewUrl, type RoomStream } from "./rooms";

/** Our own picture, mirrored and silent. */
export function OwnTile({ media, name, link }: { media: MediaStream | null; name: string; link: LinkState }) {
  return <Tile media={media} name={`${name} (you)`} link={link} own />;
}

/** Somebody else's picture and sound, connected while the tile is shown. */
export function RemoteTile({ access, stream }: { access: Access; stream: RoomStream }) {
  const [media, setMedia] = useState<MediaStream | null>(null);
  const prepare = useCallback((pc: RTCPeerConnection) => setMedia(receiveTracks(pc)), []);
  const link = useLink(viewUrl(access, stream.stream), access.token, true, prepare);
  return <Tile media={media} name={stream.name || stream.user || stream.stream} link={link} own={false} />;
}

function Tile({ media, name, link, own }: { media: MediaStream | null; name: string; link: LinkState; own: boolean }) {
  const video = useRef<HTMLVideoElement>(null);
  const [blocked, setBlocked] = useState(false);
  const play = useCallback(() => {
    // Sound before the first click may be forbidden; play() says so, and a button asks for the click.
    video.current?.play().then(() => setBlocked(false), (error: unknown) => {
      setBlocked(error instanceof DOMException && error.name === "NotAllowedError");
    });
  }, []);
  useEffect(() => {
    if (!video.current) return;
    video.current.srcObject = media;
    if (media) play();
  }, [media, play]);
  return (
    <figure className={own ? "tile own" : "tile"}>
      <video ref={video} muted={own} playsInline aria-label={`Video of ${name}`} />
      {blocked && <button type="button" onClick={play}>Play with sound</button>}
      <figcaption>
        {name}
        <span role="status">{linkWords(link)}</span>
      </figcaption>
    </figure>
  );
}

function linkWords(link: LinkState): string {
  switch (link.step) {
    case "live":
      return "";
    case "connecting":
      return "connecting…";
    case "waiting":
      return `${link.why} Trying again…`;
    case "refused":
      return link.why;
  }
}
