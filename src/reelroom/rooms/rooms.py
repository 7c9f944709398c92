"""All rooms of a gateway: who publishes, who views, and how they come and go."""

import asyncio
import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Protocol

from aiortc import RTCCertificate

from reelroom.errors import RequestError, RoomError
from reelroom.logs import get_logger
from reelroom.rooms.publication import Publication
from reelroom.rooms.session import Session
from reelroom.rooms.tokens import RoomToken
from reelroom.rooms.viewer import Viewer
from reelroom.settings import RoomSettings
from reelroom.units import NS, AppId, RoomId, StreamId
from reelroom.webrtc import (
    Answer,
    IceOptions,
    Offer,
    Transport,
    TrickleFragment,
    answer_publisher,
    answer_viewer,
    parse_offer,
)
from reelroom.webrtc.candidates import write_fragment
from reelroom.webrtc.transport import IngressFilter

TICK_S = 0.1  # of publications that send nothing; others are driven by their packets, which saves wake-ups
_REMEMBERED = 64  # ended sessions
RoomKey = tuple[AppId, RoomId]


class StreamTakenError(RequestError):
    """Another user publishes this stream."""


class NotPublishedError(RequestError):
    """Nobody publishes this stream now."""


class RoomsFullError(RoomError):
    """The gateway has as many sessions as it may have."""


class RoomListener(Protocol):
    """Who wants to know about publishers. Nothing here may raise."""

    def published(self, publication: Publication, now_ns: int) -> None:
        """A publisher connected."""

    def unpublished(self, publication: Publication, reason: str, now_ns: int) -> None:
        """It left; its last frames were handed over before."""


class Rooms:
    """Every publication and viewer of this process."""

    def __init__(
        self,
        settings: RoomSettings,
        listener: RoomListener,
        ingress_filter: Callable[[], IngressFilter] | None = None,
    ) -> None:
        """`ingress_filter`: makes a filter of received datagrams for each session; a test aid."""
        self._settings = settings
        self._listener = listener
        self._ingress_filter = ingress_filter
        self._options = IceOptions.from_settings(settings)
        self._certificate = RTCCertificate.generateCertificate()  # one for all: identity is in the token, not here
        self._sessions: dict[str, Session] = {}
        self._ended: OrderedDict[str, tuple[str, RoomToken]] = OrderedDict()  # the last ones; clients say goodbye twice
        self.finished: Counter[str] = Counter()  # statistics of publications that have ended
        self._measured_ns = 0  # when bit rates and silence were last looked at
        self._published: dict[RoomKey, dict[StreamId, Publication]] = {}

    # --- looking ------------------------------------------------------------------------------------------------

    def publications(self, app: AppId, room: RoomId) -> list[Publication]:
        """Connected publications of a room, oldest first."""
        return list(self._published.get((app, room), {}).values())

    def all_publications(self) -> Iterator[Publication]:
        """Connected publications of all rooms."""
        for room in list(self._published.values()):
            yield from list(room.values())

    def all_viewers(self) -> list[Viewer]:
        """All viewers, connected or not."""
        return [s for s in self._sessions.values() if isinstance(s, Viewer)]

    def session(self, id_: str) -> Session | None:
        """The session of that id."""
        return self._sessions.get(id_)

    def ended(self, id_: str) -> tuple[str, RoomToken] | None:
        """Protocol and token of a session that ended a short while ago."""
        return self._ended.get(id_)

    # --- coming -------------------------------------------------------------------------------------------------

    async def publish(self, token: RoomToken, stream: StreamId, offer_text: str) -> tuple[Publication, str]:
        """Begin a publication; returns it and the SDP answer.

        It takes its place in the room once connected, and replaces an older one of the same user then. Raises
        OfferError, UnacceptableOfferError, StreamTakenError, RoomsFullError, RoomError.
        """
        self._check_free(token, stream)
        self._check_space(Publication, self._settings.max_publishers)
        offer = parse_offer(offer_text)
        answer = answer_publisher(offer)
        publication = Publication(secrets.token_hex(16), token, stream)
        publication.negotiate(answer.accepted, self._settings.max_bitrate_bps)
        text = await self._open(publication, offer, answer, lambda: self._place(publication))
        return publication, text

    async def view(self, token: RoomToken, stream: StreamId, offer_text: str) -> tuple[Viewer, str]:
        """Begin to view what is published now; returns the viewer and the SDP answer.

        Raises OfferError, UnacceptableOfferError, NotPublishedError, RoomsFullError, RoomError.
        """
        publication = self._published.get((token.app, token.room), {}).get(stream)
        if publication is None:
            raise NotPublishedError
        self._check_space(Viewer, self._settings.max_viewers)
        offer = parse_offer(offer_text)
        answer = answer_viewer(offer, publication.outgoing, label=publication.id)
        viewer = Viewer(secrets.token_hex(16), token, publication)
        viewer.negotiate(answer.accepted)
        text = await self._open(viewer, offer, answer, lambda: self._seat(viewer))
        return viewer, text

    async def change(self, session: Session, fragment: TrickleFragment) -> str | None:
        """Take a trickled fragment. Returns None, or after an ICE restart the fragment to answer with.

        Raises RoomError when a restart finds no socket.
        """
        if not session.transport.is_restart(fragment):
            await session.transport.add_candidates(fragment.candidates)
            return None
        local = await session.transport.restart(fragment)
        session.renew_etag()
        return write_fragment(local.username, local.password, session.mid, local.candidates)

    async def _open(self, session: Session, offer: Offer, answer: Answer, on_connected: Callable[[], None]) -> str:
        transport = Transport(
            offer,
            session,
            options=self._options,
            certificate=self._certificate,
            ingress_filter=self._ingress_filter() if self._ingress_filter else None,
        )
        session.mid = answer.accepted[0].mid
        session.attach(transport, on_connected, lambda reason: self._remove(session, reason))
        self._sessions[session.id] = session
        try:
            local = await transport.open()
        except BaseException:
            await session.end("failed to open")
            raise
        transport.start()
        return answer.write(local)

    def _check_free(self, token: RoomToken, stream: StreamId) -> None:
        holder = self._published.get((token.app, token.room), {}).get(stream)
        if holder is not None and holder.token.user != token.user:
            raise StreamTakenError

    def _check_space(self, kind: type[Session], most: int) -> None:
        if sum(isinstance(s, kind) for s in self._sessions.values()) >= most:
            raise RoomsFullError

    def _place(self, publication: Publication) -> None:
        """A publisher connected: give it its place, which its own older session may have."""
        token, now_ns = publication.token, time.time_ns()
        try:
            self._check_free(token, publication.stream)
        except StreamTakenError:
            publication.end("stream taken")  # two users offered it at the same time; the other was first
            return
        older = self._published.get((token.app, token.room), {}).get(publication.stream)
        if older is not None:
            self._unplace(older, "replaced", now_ns)
            older.end("replaced")
        self._published.setdefault((token.app, token.room), {})[publication.stream] = publication
        publication.since_ns = publication.heard_ns = now_ns
        self._listener.published(publication, now_ns)

    def _seat(self, viewer: Viewer) -> None:
        if viewer.publication.live:
            viewer.publication.add_viewer(viewer)
        else:
            viewer.end("publisher left")

    # --- going --------------------------------------------------------------------------------------------------

    def _remove(self, session: Session, reason: str) -> None:
        self._sessions.pop(session.id, None)
        self._ended[session.id] = (session.protocol, session.token)
        if len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)
        if not session.live:
            detail = session.transport.refusal
            get_logger().warning("session_failed", id=session.id, stream=session.stream, reason=reason, detail=detail)
        if isinstance(session, Publication):
            self._unplace(session, reason, time.time_ns())
        elif isinstance(session, Viewer) and session in session.publication.viewers:
            session.publication.viewers.remove(session)

    def _unplace(self, publication: Publication, reason: str, now_ns: int) -> None:
        key = (publication.token.app, publication.token.room)
        room = self._published.get(key, {})
        if room.get(publication.stream) is not publication:
            return
        del room[publication.stream]
        if not room:
            del self._published[key]
        publication.flush(now_ns)
        for track in publication.tracks:
            self.finished.update(asdict(track.stats))
        self._listener.unpublished(publication, reason, now_ns)
        for viewer in [v for v in self.all_viewers() if v.publication is publication]:
            viewer.say_goodbye()
            viewer.end("publisher left")

    async def close(self, reason: str) -> None:
        """End all sessions."""
        await asyncio.gather(*(session.end(reason) for session in list(self._sessions.values())))

    # --- time ---------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Drive the timers of all publications until cancelled."""
        while True:
            await asyncio.sleep(TICK_S)
            self._tick(time.time_ns())

    def _tick(self, now_ns: int) -> None:
        for publication in self.all_publications():
            try:
                publication.tick(now_ns)
            except Exception:  # noqa: BLE001  a bug met by one publisher's packets must not end the others
                get_logger().exception("publication_failed", id=publication.id)
                publication.end("internal error")
        if now_ns - self._measured_ns >= NS:
            self._measured_ns = now_ns
            self._check_silence(now_ns)

    def _check_silence(self, now_ns: int) -> None:
        for publication in self.all_publications():
            publication.measure()
            if now_ns - publication.heard_ns > self._settings.silent_after_s * NS:
                publication.end("silent")
