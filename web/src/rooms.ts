/** The room's own HTTP doors: who is there, and recordings asked for from the page. */

import type { Access } from "./access";
import { refusalOf } from "./failure";

export interface RoomStream {
  stream: string;
  user: string;
  name: string;
}

export interface RecordedFile {
  name: string;
  url: string; // empty until it was delivered
  status: string;
  duration_ms: number;
}

export interface Recording {
  task: string;
  state: string; // starting, recording, paused, ended, failed
  done: boolean; // every file is delivered or given up
  files: RecordedFile[];
}

const path = (...parts: (string | number)[]): string => "/" + parts.map((part) => encodeURIComponent(part)).join("/");

export function publishUrl({ claims }: Access, stream: string): string {
  return path("whip", claims.app, claims.room, stream);
}

export function viewUrl({ claims }: Access, stream: string): string {
  return path("whep", claims.app, claims.room, stream);
}

/** Streams published now. Rejects with Refusal, or TypeError when the server can't be reached. */
export async function listStreams(access: Access): Promise<RoomStream[]> {
  const body = (await ask(access, "GET", roomPath(access))) as { streams?: RoomStream[] };
  return body.streams ?? [];
}

export async function startRecording(access: Access): Promise<Recording> {
  return (await ask(access, "POST", `${roomPath(access)}/recordings`)) as Recording;
}

export async function stopRecording(access: Access, task: string): Promise<Recording> {
  return (await ask(access, "DELETE", recordingPath(access, task))) as Recording;
}

export async function readRecording(access: Access, task: string): Promise<Recording> {
  return (await ask(access, "GET", recordingPath(access, task))) as Recording;
}

const roomPath = ({ claims }: Access): string => path("rooms", claims.app, claims.room);
const recordingPath = (access: Access, task: string): string => `${roomPath(access)}/recordings/${encodeURIComponent(task)}`;

async function ask(access: Access, method: string, url: string): Promise<unknown> {
  const response = await fetch(url, { method, headers: { authorization: `Bearer ${access.token}` }, cache: "no-store" });
  if (!response.ok) throw await refusalOf(response);
  return response.status === 204 ? {} : response.json();
}
