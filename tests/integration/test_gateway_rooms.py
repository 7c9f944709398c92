"""WHIP and WHEP against a real gateway process, by a client of another implementation."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.integration.gateway_world import FRAGMENT, SDP, Picture, World
from tests.unit.webrtc.offers import CHROMIUM, viewing


@pytest_asyncio.fixture(name="world")
async def world_fixture(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    world = World(tmp_path, getattr(request, "param", {}))
    try:
        await world.start()
        yield world
    finally:
        await world.close()


async def test_a_publisher_is_listed_until_it_leaves(world: World):
    peer = await world.publish()
    await world.until(world.streams, "the stream")
    stream = (await world.streams())[0]
    assert (stream["stream"], stream["user"], stream["name"]) == ("camera", "anna", "Anna")
    assert sorted(stream["kinds"]) == ["audio", "video"]
    assert stream["since_ms"] > 0
    assert (await peer.leave()).status_code == 200
    assert await world.streams() == []
    assert (await peer.leave()).status_code == 200, "a second goodbye does no harm"


async def test_a_client_that_vanishes_by_dtls_leaves(world: World):
    peer = await world.publish()
    await peer.connection.close()
    await world.until(lambda: _is_empty(world), "an empty room")


async def _is_empty(world: World) -> bool:
    return await world.streams() == []


@pytest.mark.parametrize("world", [{"REELROOM_ROOMS__SILENT_AFTER_S": "1"}], indirect=True)
async def test_a_publisher_that_falls_silent_has_left(world: World):
    peer = await world.publish()
    for sender in peer.connection.getSenders():
        await sender.stop()  # says BYE for each source, and nothing more
    await world.until(lambda: _is_empty(world), "an empty room")


async def test_the_answer_says_where_the_session_is(world: World):
    response = await world.post(CHROMIUM)
    assert response.status_code == 201
    assert response.headers["content-type"].startswith("application/sdp")
    assert response.headers["location"].startswith("/whip/session/")
    assert response.headers["etag"].strip('"')
    assert "Location" in response.headers["access-control-expose-headers"]
    assert "ETag" in response.headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    "world",
    [{"REELROOM_ROOMS__ICE_SERVERS": '[{urls = ["stun:127.0.0.1:9"]}, {urls = ["turn:127.0.0.1:9?transport=udp"],'
      ' username = "ours", credential = "ours-alone"}]'}],
    indirect=True,
)  # fmt: skip
async def test_ice_servers_are_told_without_our_credentials(world: World):
    response = await world.post(CHROMIUM)
    assert response.headers["link"] == '<stun:127.0.0.1:9>; rel="ice-server"'


async def test_preflight_allows_what_a_page_needs(world: World):
    response = await world.http.options(world.url("whip"))
    assert response.status_code == 204
    assert response.headers["accept-post"] == "application/sdp"
    assert response.headers["access-control-allow-origin"] == "*"
    assert "If-Match" in response.headers["access-control-allow-headers"]
    assert "PATCH" in response.headers["access-control-allow-methods"]


async def test_tokens_decide(world: World):
    async def status(token: str | None, protocol: str = "whip") -> int:
        headers = {**SDP, **({} if token is None else {"Authorization": f"Bearer {token}"})}
        response = await world.http.post(world.url(protocol), content=CHROMIUM, headers=headers)
        if response.status_code == 401:
            assert response.headers["www-authenticate"].startswith("Bearer")
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["detail"]
        return response.status_code

    assert await status(None) == 401
    assert await status("nonsense") == 401
    assert await status(world.token(expires_in_s=-1)) == 401
    assert await status(world.token(app=world.app.id + 1)) == 401, "an app we do not know"
    assert await status(world.token(room="another")) == 403
    assert await status(world.token(publish=False)) == 403
    assert await status(world.token(view=False), "whep") == 403
    assert (await world.stats())["publishers"] == 0
    assert await world.streams() == []


async def test_unusual_requests_get_their_own_answers(world: World):
    url, bearer = world.url("whip"), world.bearer()

    async def status(content: bytes | str, headers: dict[str, str]) -> int:
        return (await world.http.post(url, content=content, headers={**bearer, **headers})).status_code

    assert await status("v=0", SDP) == 400
    assert await status(b"\xff\xfe", SDP) == 400
    assert await status(CHROMIUM, {"Content-Type": "text/plain"}) == 415
    assert await status("v" * 70_000, SDP) == 413
    assert await status(viewing(CHROMIUM), SDP) == 422
    assert (await world.http.get(url, headers=bearer)).status_code == 405
    assert (await world.http.put(url, headers=bearer)).headers["allow"] == "POST, OPTIONS"
    assert (await world.http.get("http://gateway/other")).status_code == 404
    assert (
        await world.http.post(world.url("whep"), content=viewing(CHROMIUM), headers={**bearer, **SDP})
    ).status_code == 409
    assert (await world.post(CHROMIUM, room="r" * 129)).status_code == 400
    assert (await world.post(CHROMIUM, stream="s" * 257)).status_code == 400


@pytest.mark.parametrize(("room", "stream"), [("../x", "a/b"), ("房间", "🎥"), ("100%", "a b?c")])
async def test_ids_may_be_any_text(world: World, room: str, stream: str):
    await world.publish(Picture(), room=room, stream=stream)
    assert [s["stream"] for s in await world.streams(room)] == [stream]
    task = world.want("odd", room=room)
    captured = await world.event(task, _captured())
    await world.grown(captured.capture, "video")
    inside = {p.parent for p in world.data.rglob("*.mkv")}
    assert inside == {world.data / "journal" / "captures" / captured.capture}


def _captured() -> type:
    from reelroom.events import Captured

    return Captured


async def test_the_same_user_takes_over_and_another_may_not(world: World):
    first = await world.publish()
    assert (await world.post(CHROMIUM, user="bert")).status_code == 409
    second = await world.publish()
    await world.until(lambda: first.connection.connectionState == "closed", "the end of the replaced session")
    assert second.connection.connectionState == "connected"
    assert len(await world.streams()) == 1


async def test_sessions_belong_to_who_began_them(world: World):
    peer = await world.publish()
    for token, expected in ((world.token(user="bert"), 403), (world.token(room="another"), 403)):
        response = await world.http.delete(peer.session, headers=world.bearer(token))
        assert response.status_code == expected
    assert (await world.http.delete(peer.session)).status_code == 401
    wrong_kind = peer.session.replace("/whip/", "/whep/")
    assert (await world.http.delete(wrong_kind, headers=world.bearer())).status_code == 404
    expired = world.token(expires_in_s=-60)
    assert (await world.http.delete(peer.session, headers=world.bearer(expired))).status_code == 200


async def test_trickled_candidates_need_the_right_ice_session(world: World):
    offer = await world.post(CHROMIUM)
    session = "http://gateway" + offer.headers["location"]
    fragment = "a=ice-ufrag:F7gI\r\na=ice-pwd:x9cml/YzichV2+XlhiMu8gbc\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
    fragment += "a=candidate:1 1 udp 2122260223 127.0.0.1 50009 typ host\r\na=end-of-candidates\r\n"

    async def status(headers: dict[str, str], content: str = fragment) -> int:
        return (await world.http.patch(session, content=content, headers={**world.bearer(), **headers})).status_code

    assert await status(FRAGMENT) == 428
    assert await status({**FRAGMENT, "If-Match": '"other"'}) == 412
    assert await status({**SDP, "If-Match": offer.headers["etag"]}) == 415
    assert await status({**FRAGMENT, "If-Match": offer.headers["etag"]}, "{}") == 400
    assert await status({**FRAGMENT, "If-Match": offer.headers["etag"]}) == 204
    restart = fragment.replace("F7gI", "newU").replace("x9cml", "newPa")
    response = await world.http.patch(session, content=restart, headers={**world.bearer(), **FRAGMENT, "If-Match": "*"})
    assert response.status_code == 200
    assert response.headers["etag"] != offer.headers["etag"]
    assert "a=ice-ufrag:" in response.text
    assert "a=candidate:" in response.text
    assert await status({**FRAGMENT, "If-Match": offer.headers["etag"]}) == 412, "the old ICE session is over"


@pytest.mark.parametrize(
    "world", [{"REELROOM_ROOMS__MAX_PUBLISHERS": "1", "REELROOM_ROOMS__MAX_VIEWERS": "0"}], indirect=True
)
async def test_a_full_gateway_says_so(world: World):
    await world.publish(Picture())
    response = await world.post(CHROMIUM, stream="second")
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert (await world.post(viewing(CHROMIUM), "whep")).status_code == 503


@pytest.mark.parametrize("codec", ["H264", "VP8"])
async def test_a_viewer_sees_and_hears(world: World, codec: str):
    await world.publish(codec=codec)
    viewer = await world.view(user="bert")
    frames = [await viewer.tracks["video"].recv() for _ in range(10)]
    assert {(f.width, f.height) for f in frames} == {(160, 96)}
    await viewer.tracks["audio"].recv()
    stats = await world.stats()
    assert stats["viewers"] == 1
    assert stats["viewer_packets"] > 10


async def test_viewers_end_with_their_publisher(world: World):
    publisher = await world.publish()
    viewer = await world.view()
    await publisher.leave()
    await world.until(lambda: viewer.connection.connectionState == "closed", "the viewer's end")
