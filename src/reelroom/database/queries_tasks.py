"""Every query of the `tasks` and `commands` tables, named."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from reelroom.database.rows import LIVE_STATES, Command, NewTask, Task
from reelroom.database.schema import LIVE, commands, outbox, tasks
from reelroom.spec import Destination, RecordSpec, Want
from reelroom.task import CommandKind, QuitReason, Stage, TaskState, sources
from reelroom.units import AppId, TaskId

# In the very words of the partial indexes, or no planner knows that it may use them.
IS_LIVE = text(LIVE)
_IS_NAMED = text("client_task_id <> ''")

_stop_at = (
    select(func.min(commands.c.at_ns))
    .where(commands.c.task == tasks.c.id, commands.c.kind == CommandKind.STOP)
    .scalar_subquery()
    .label("stop_at_ns")
)
_columns = (*(c for c in tasks.c if c.name not in ("secret", "released_ns")), _stop_at)


def lock_app(connection: Connection, app: AppId) -> None:
    """Let one transaction at a time make tasks of this app. On SQLite every write has that to itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:app)"), {"app": int(app)})


def live_client_task(connection: Connection, app: AppId, client_task_id: str) -> TaskId | None:
    """The live task of that client_task_id."""
    query = select(tasks.c.id).where(tasks.c.app == app, tasks.c.client_task_id == client_task_id, _IS_NAMED, IS_LIVE)
    found = connection.scalar(query)
    return None if found is None else TaskId(found)


def count_live(connection: Connection, app: AppId) -> int:
    """How many live tasks the app has."""
    query = select(func.count()).select_from(tasks).where(tasks.c.app == app, IS_LIVE)
    return connection.scalar(query) or 0


def insert_task(connection: Connection, new: NewTask, sealed_secret: str, now_ns: int) -> None:
    """A task in its first state."""
    connection.execute(
        insert(tasks).values(
            id=new.task,
            app=new.spec.app,
            room=new.spec.room,
            client_task_id=new.client_task_id,
            spec=new.spec.to_json(),
            destination=new.destination.to_json(),
            secret=sealed_secret,
            state=TaskState.STARTING,
            stage=Stage.RECORDING,
            epoch=0,
            began_ns=now_ns,
        )
    )


def task(connection: Connection, task_id: TaskId, app: AppId | None = None) -> Task | None:
    """One task; None if unknown or of another app."""
    query = select(*_columns).where(tasks.c.id == task_id)
    if app is not None:
        query = query.where(tasks.c.app == app)
    row = connection.execute(query).one_or_none()
    return None if row is None else _task(row)


def sealed_secret(connection: Connection, task_id: TaskId) -> str | None:
    """The encrypted secret of the task's destination."""
    return connection.scalar(select(tasks.c.secret).where(tasks.c.id == task_id))


def move_task(
    connection: Connection, task_id: TaskId, to: TaskState, *, app: AppId | None = None, **values: Any
) -> bool:
    """Go to `to`, setting `values`, from a state that allows it; False if it is in none of those."""
    conditions = [tasks.c.id == task_id, tasks.c.state.in_(sources(to))]
    if app is not None:
        conditions.append(tasks.c.app == app)
    return connection.execute(update(tasks).where(*conditions).values(state=to, **values)).rowcount == 1


def begin_task(connection: Connection, task_id: TaskId, now_ns: int) -> bool:
    """From the first state to RECORDING, and never from a pause; False if it was in another state."""
    first = (tasks.c.id == task_id, tasks.c.state == TaskState.STARTING)
    step = update(tasks).where(*first).values(state=TaskState.RECORDING, started_ns=now_ns)
    return connection.execute(step).rowcount == 1


def move_stage(connection: Connection, task_id: TaskId, to: Stage, **values: Any) -> bool:
    """Go to the stage `to`, setting `values`, from a stage that allows it; False if it is in none of those."""
    conditions = (tasks.c.id == task_id, tasks.c.stage.in_(sources(to)))
    return connection.execute(update(tasks).where(*conditions).values(stage=to, **values)).rowcount == 1


def lock_state(connection: Connection, task_id: TaskId, app: AppId) -> TaskState | None:
    """The state of a task, held until the transaction ends; None if unknown or of another app."""
    query = select(tasks.c.state).where(tasks.c.id == task_id, tasks.c.app == app).with_for_update()
    state = connection.scalar(query)
    return None if state is None else TaskState(state)


def is_paused(connection: Connection, task_id: TaskId) -> bool:
    """Whether its caller paused it and has not resumed it."""
    kinds = (CommandKind.PAUSE, CommandKind.RESUME)
    query = select(commands.c.kind).where(commands.c.task == task_id, commands.c.kind.in_(kinds))
    return connection.scalar(query.order_by(commands.c.number.desc()).limit(1)) == CommandKind.PAUSE


def stage(connection: Connection, task_id: TaskId) -> Stage:
    """Where the task is."""
    return Stage(connection.execute(select(tasks.c.stage).where(tasks.c.id == task_id)).scalar_one())


def vendor(connection: Connection, task_id: TaskId) -> int:
    """The vendor of the task's destination."""
    body = connection.execute(select(tasks.c.destination).where(tasks.c.id == task_id)).scalar_one()
    return Destination.from_json(body).vendor


def next_epoch(connection: Connection, task_id: TaskId) -> int | None:
    """Take the next epoch; None for an unknown task."""
    step = update(tasks).where(tasks.c.id == task_id).values(epoch=tasks.c.epoch + 1).returning(tasks.c.epoch)
    epoch: int | None = connection.scalar(step)
    return epoch


def lock_epoch(connection: Connection, task_id: TaskId) -> int | None:
    """The task's epoch, held until the transaction ends (SQLite holds everything anyway)."""
    return connection.scalar(select(tasks.c.epoch).where(tasks.c.id == task_id).with_for_update())


def unfinished(connection: Connection, now_ns: int) -> list[TaskId]:
    """Tasks a recorder has something to do for: not yet delivering, or with a delivery due.

    Tasks that are done too: what was given up may be asked for again.
    """
    due = select(outbox.c.task).where(outbox.c.given_up.is_(False), outbox.c.due_ns <= now_ns)
    query = select(tasks.c.id).where(or_(tasks.c.stage.in_((Stage.RECORDING, Stage.FINISHING)), tasks.c.id.in_(due)))
    return [TaskId(id_) for id_ in connection.scalars(query.order_by(tasks.c.began_ns, tasks.c.id))]


def wants(connection: Connection, released_since_ns: int) -> list[Want]:
    """Tasks that want their room or their journal, and those that stopped needing it since then."""
    query = select(tasks.c.id, tasks.c.spec, tasks.c.state, tasks.c.released_ns).where(
        or_(tasks.c.stage.in_((Stage.RECORDING, Stage.FINISHING)), tasks.c.released_ns >= released_since_ns)
    )
    return [
        Want(
            task=TaskId(row.id),
            spec=RecordSpec.from_json(row.spec),
            stopped=TaskState(row.state) not in LIVE_STATES,
            journal_needed=row.released_ns is None,
        )
        for row in connection.execute(query.order_by(tasks.c.began_ns, tasks.c.id))
    ]


def released(connection: Connection, task_ids: Sequence[TaskId]) -> dict[TaskId, int]:
    """Of these tasks, those that need no journal, and since when."""
    query = select(tasks.c.id, tasks.c.released_ns).where(tasks.c.id.in_(task_ids), tasks.c.released_ns.is_not(None))
    return {TaskId(row.id): row.released_ns for row in connection.execute(query)}


def insert_command(
    connection: Connection, task_id: TaskId, kind: CommandKind, body: dict[str, Any], now_ns: int
) -> None:
    """Something a caller asked for."""
    connection.execute(insert(commands).values(task=task_id, kind=kind, body=body, at_ns=now_ns))


def list_commands(connection: Connection, task_id: TaskId, after: int) -> list[Command]:
    """Commands numbered above `after`, in order."""
    query = select(commands).where(commands.c.task == task_id, commands.c.number > after).order_by(commands.c.number)
    return [Command(**{**row._asdict(), "kind": CommandKind(row.kind)}) for row in connection.execute(query)]


def count_states(connection: Connection) -> tuple[dict[TaskState, int], dict[Stage, int]]:
    """Tasks by state and by stage."""
    query = select(tasks.c.state, tasks.c.stage, func.count()).group_by(tasks.c.state, tasks.c.stage)
    states: dict[TaskState, int] = defaultdict(int)
    stages: dict[Stage, int] = defaultdict(int)
    for state, stage_, number in connection.execute(query):
        states[TaskState(state)] += number
        stages[Stage(stage_)] += number
    return dict(states), dict(stages)


def _task(row: Row[Any]) -> Task:
    return Task(
        task=TaskId(row.id),
        spec=RecordSpec.from_json(row.spec),
        destination=Destination.from_json(row.destination),
        client_task_id=row.client_task_id,
        state=TaskState(row.state),
        stage=Stage(row.stage),
        epoch=row.epoch,
        began_ns=row.began_ns,
        started_ns=row.started_ns,
        ended_ns=row.ended_ns,
        quit_reason=None if row.quit_reason is None else QuitReason(row.quit_reason),
        stop_at_ns=row.stop_at_ns,
    )
