import { useState } from "react";

import type { Access } from "./access";
import { inWords } from "./failure";
import { usePoll } from "./hooks";
import { readRecording, startRecording, stopRecording, type RecordedFile, type Recording } from "./rooms";

const LOOK_EVERY_MS = 1_000;

/** Record the whole room, one file for each publisher, and hand out the files. */
export function RecordPanel({ access }: { access: Access }) {
  const [task, setTask] = useState("");
  const [stopped, setStopped] = useState(false);
  const [problem, setProblem] = useState("");
  const attempt = (work: Promise<void>): void => void work.then(() => setProblem(""), (error: unknown) => setProblem(inWords(error)));
  const start = async (): Promise<void> => {
    setTask((await startRecording(access)).task);
    setStopped(false);
  };
  const stop = async (): Promise<void> => {
    await stopRecording(access, task);
    setStopped(true);
  };
  const running = task !== "" && !stopped;
  return (
    <section className="recording" aria-label="Recording">
      <button type="button" className={running ? "stop" : "main"} onClick={() => attempt(running ? stop() : start())}>
        {running ? "Stop recording" : "Record this room"}
      </button>
      <p role="alert" className="problem">{problem}</p>
      {task !== "" && <Progress key={task} access={access} task={task} />}
    </section>
  );
}

function Progress({ access, task }: { access: Access; task: string }) {
  const { value, problem } = usePoll(() => readRecording(access, task), LOOK_EVERY_MS, task);
  return (
    <div>
      <p role="status">{problem || stateWords(value)}</p>
      <ul>{value?.files.map((file) => <FileLine key={file.name} file={file} />)}</ul>
    </div>
  );
}

function FileLine({ file }: { file: RecordedFile }) {
  const seconds = file.duration_ms > 0 ? ` · ${(file.duration_ms / 1000).toFixed(1)} s` : "";
  return (
    <li>
      {file.url ? <a href={file.url} target="_blank" rel="noreferrer">{file.name}</a> : file.name}
      <small> {file.status}{seconds}</small>
    </li>
  );
}

function stateWords(recording: Recording | null): string {
  if (recording === null) return "Asking…";
  if (recording.state === "ended") return recording.done ? "Ended; the files are ready." : "Ended; finishing the files…";
  return recording.state === "failed" ? "The recording ended before it was asked to." : `${recording.state}…`;
}
