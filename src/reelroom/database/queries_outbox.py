"""Every query of the `outbox` and `notices` tables, named."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, delete, func, insert, select, update

from reelroom.database.rows import REFUSED, OutboxKind, OutboxRow
from reelroom.database.schema import notices, outbox
from reelroom.units import TaskId

_pending = outbox.c.given_up.is_(False)
_earlier = outbox.alias("earlier")
# A given-up row does not hold up the later ones of its chain.
_head_of_chain = ~(
    select(_earlier.c.id)
    .where(_earlier.c.chain == outbox.c.chain, _earlier.c.given_up.is_(False), _earlier.c.id < outbox.c.id)
    .exists()
)


def upload_key(task_id: TaskId, file_key: str) -> str:
    """The idempotency key of a file's upload, and its chain unless it is a segment's."""
    return f"{task_id}/upload/{file_key}"


def _upload_chain(task_id: TaskId, file_key: str) -> str:
    """A playlist comes after its segments, which are in its chain in their order."""
    return upload_key(task_id, file_key.partition("#")[0])


def insert_upload(connection: Connection, task_id: TaskId, file_key: str) -> None:
    """An upload, due at once, unless there is one for that file (pending or given up)."""
    key = upload_key(task_id, file_key)
    if connection.scalar(select(outbox.c.id).where(outbox.c.key == key)) is None:
        chain = _upload_chain(task_id, file_key)
        _insert(connection, task=task_id, key=key, chain=chain, kind=OutboxKind.UPLOAD, file_key=file_key)


def insert_notice(
    connection: Connection, task_id: TaskId, event_type: int, detail: Mapping[str, Any], key: str
) -> bool:
    """A callback, due at once, with the task's next sequence number; False if `key` was raised before."""
    raised = select(notices.c.sequence).where(notices.c.task == task_id, notices.c.key == key)
    if connection.scalar(raised) is not None:
        return False
    number = connection.scalar(select(func.count()).select_from(notices).where(notices.c.task == task_id)) or 0
    connection.execute(insert(notices).values(task=task_id, key=key, sequence=number, event_type=event_type))
    _insert(
        connection,
        task=task_id,
        key=f"{task_id}/notice/{key}",
        chain=task_id,
        kind=OutboxKind.CALLBACK,
        event_type=event_type,
        sequence=number,
        detail=dict(detail),
    )
    return True


def claim(
    connection: Connection,
    task_id: TaskId,
    owner: str,
    now_ns: int,
    until_ns: int,
    *,
    kind: OutboxKind | None = None,
    busy: Collection[int] = (),
) -> OutboxRow | None:
    """Lease the task's due row that has waited longest, counting a try; None if none is due.

    kind: of this one only; busy: ids of rows that are being delivered, however old their lease.
    The subquery is compared with `=`, not `IN`: PostgreSQL then runs it once and locks one row.
    """
    ripe = (
        select(outbox.c.id)
        .where(_waiting(task_id, kind, busy), outbox.c.due_ns <= now_ns)
        .order_by(outbox.c.kind, outbox.c.due_ns, outbox.c.id)  # callbacks first: an upload may take hours
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    first = case((outbox.c.tries == 0, now_ns), else_=outbox.c.first_try_ns)
    lease = update(outbox).where(outbox.c.id == ripe)
    lease = lease.values(due_ns=until_ns, owner=owner, tries=outbox.c.tries + 1, first_try_ns=first)
    row = connection.execute(lease.returning(*outbox.c)).one_or_none()
    return None if row is None else _outbox_row(row)


def delete_owned(connection: Connection, row_id: int, owner: str) -> bool:
    """Done with; False if the lease went to another owner."""
    return connection.execute(delete(outbox).where(*_owned(row_id, owner))).rowcount == 1


def delete_key(connection: Connection, key: str) -> None:
    """Done with, whoever did it."""
    connection.execute(delete(outbox).where(outbox.c.key == key))


def change_owned(connection: Connection, row_id: int, owner: str, values: Mapping[str, Any]) -> bool:
    """Set `values`; False if the lease went to another owner."""
    return connection.execute(update(outbox).where(*_owned(row_id, owner)).values(values)).rowcount == 1


def give_up_key(connection: Connection, key: str, error: str) -> None:
    """Keep the row for people to see, whoever had it."""
    connection.execute(update(outbox).where(outbox.c.key == key, _pending).values(given_up=True, owner="", error=error))


def uncount_try(connection: Connection, row_id: int, owner: str, due_ns: int) -> bool:
    """Give the lease back as if it had not been taken."""
    return change_owned(connection, row_id, owner, {"owner": "", "due_ns": due_ns, "tries": outbox.c.tries - 1})


def any_pending(connection: Connection, task_id: TaskId) -> bool:
    """Whether the task still owes a delivery."""
    return connection.scalar(select(outbox.c.id).where(outbox.c.task == task_id, _pending).limit(1)) is not None


def free_leases(connection: Connection, task_id: TaskId, now_ns: int) -> None:
    """Make due what an earlier recorder of the task had leased."""
    leased = update(outbox).where(outbox.c.task == task_id, outbox.c.owner != "", _pending)
    connection.execute(leased.values(owner="", due_ns=now_ns))


def redrive(connection: Connection, task_id: TaskId, kind: OutboxKind, ids: Collection[int], now_ns: int) -> int:
    """Have the task's deliveries tried at once and anew, the given-up ones too; how many. Empty `ids`: all."""
    chosen = update(outbox).where(outbox.c.task == task_id, outbox.c.kind == kind, outbox.c.owner == "")
    if ids:
        chosen = chosen.where(outbox.c.id.in_(ids))
    return connection.execute(chosen.values(given_up=False, tries=0, first_try_ns=0, due_ns=now_ns)).rowcount


def next_due_ns(
    connection: Connection, task_id: TaskId, *, kind: OutboxKind | None = None, busy: Collection[int] = ()
) -> int | None:
    """When the next delivery of the task may be tried (or its lease ends); None if it owes none."""
    query = select(func.min(outbox.c.due_ns)).where(_waiting(task_id, kind, busy))
    due_ns: int | None = connection.execute(query).scalar_one()
    return due_ns


def _waiting(task_id: TaskId, kind: OutboxKind | None, busy: Collection[int]) -> ColumnElement[bool]:
    waiting = and_(outbox.c.task == task_id, _pending, _head_of_chain, outbox.c.id.not_in(busy))
    return waiting if kind is None else and_(waiting, outbox.c.kind == kind)


def given_up(connection: Connection, task_id: TaskId | None) -> list[OutboxRow]:
    """Deliveries that were given up, oldest first."""
    query = select(outbox).where(outbox.c.given_up).order_by(outbox.c.id)
    if task_id is not None:
        query = query.where(outbox.c.task == task_id)
    return [_outbox_row(row) for row in connection.execute(query)]


def owed(connection: Connection, task_id: TaskId | None, kind: OutboxKind) -> list[OutboxRow]:
    """Deliveries of a kind that are owed or were given up, oldest first."""
    query = select(outbox).where(outbox.c.kind == kind).order_by(outbox.c.id)
    if task_id is not None:
        query = query.where(outbox.c.task == task_id)
    return [_outbox_row(row) for row in connection.execute(query)]


def count_refused(connection: Connection) -> int:
    """Uploads whose store refused at the last try: a wrong key, no bucket. Trying again will hardly help."""
    refused = outbox.c.error.startswith(REFUSED)
    return connection.scalar(select(func.count()).where(outbox.c.kind == OutboxKind.UPLOAD, refused)) or 0


def count_rows(connection: Connection) -> tuple[dict[OutboxKind, int], dict[OutboxKind, int]]:
    """Pending and given-up rows by kind."""
    query = select(outbox.c.kind, outbox.c.given_up, func.count()).group_by(outbox.c.kind, outbox.c.given_up)
    pending: dict[OutboxKind, int] = {}
    given: dict[OutboxKind, int] = {}
    for kind, is_given_up, number in connection.execute(query):
        (given if is_given_up else pending)[OutboxKind(kind)] = number
    return pending, given


def _owned(row_id: int, owner: str) -> tuple[Any, ...]:
    return outbox.c.id == row_id, outbox.c.owner == owner, _pending


def _insert(connection: Connection, **values: Any) -> None:
    empty = {
        **dict.fromkeys(("file_key", "owner", "error"), ""),
        **dict.fromkeys(("event_type", "sequence", "tries", "first_try_ns", "due_ns"), 0),
        "detail": {},
        "progress": {},
        "given_up": False,
    }
    connection.execute(insert(outbox).values(**{**empty, **values}))


def _outbox_row(row: Row[Any]) -> OutboxRow:
    known = row._asdict()
    for inner in ("chain", "owner"):
        del known[inner]
    return OutboxRow(**{**known, "task": TaskId(row.task), "kind": OutboxKind(row.kind)})
