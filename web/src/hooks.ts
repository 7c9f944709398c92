/** React's side of devices, links and polls. */

import { useCallback, useEffect, useRef, useState } from "react";

import { inWords, Refusal } from "./failure";
import { keepLink, type LinkPlan, type LinkState } from "./link";
import { openDevices, type Devices } from "./media";

export interface LocalMedia {
  media: MediaStream | null;
  problem: string;
  switches: Record<"audio" | "video", boolean>;
  flip(kind: "audio" | "video"): void;
}

/** Camera and microphone while the component lives; opened anew when another device is chosen. */
export function useLocalMedia(devices: Devices): LocalMedia {
  const [media, setMedia] = useState<MediaStream | null>(null);
  const [problem, setProblem] = useState("");
  const [switches, setSwitches] = useState({ audio: true, video: true });
  const { camera, microphone } = devices;

  useEffect(() => {
    let wanted = true;
    const opening = openDevices({ camera, microphone });
    opening.then(
      (opened) => wanted && (setMedia(opened), setProblem("")),
      (error: unknown) => wanted && setProblem(inWords(error)),
    );
    return () => {
      wanted = false;
      opening.then((opened) => opened.getTracks().forEach((track) => track.stop())).catch(() => undefined);
    };
  }, [camera, microphone]);

  useEffect(() => {
    media?.getTracks().forEach((track) => (track.enabled = switches[track.kind as "audio" | "video"]));
  }, [media, switches]);

  const flip = useCallback((kind: "audio" | "video") => setSwitches((old) => ({ ...old, [kind]: !old[kind] })), []);
  return { media, problem, switches, flip };
}

/** Keep a link to `url` while the component lives and `ready` holds. `prepare` may change without a new link. */
export function useLink(url: string, token: string, ready: boolean, prepare: LinkPlan["prepare"]): LinkState {
  const [state, setState] = useState<LinkState>({ step: "connecting" });
  const latest = useRef(prepare);
  latest.current = prepare;
  useEffect(() => {
    if (!ready) return;
    const ending = new AbortController();
    const leave = () => ending.abort();
    window.addEventListener("pagehide", leave);
    void keepLink({ url, token, prepare: (pc) => latest.current(pc), report: setState }, ending.signal);
    return () => {
      window.removeEventListener("pagehide", leave);
      ending.abort();
    };
  }, [url, token, ready]);
  return state;
}

/** Call `read` again and again, `every_ms` apart, until a final refusal. Returns the latest value and problem. */
export function usePoll<T>(read: () => Promise<T>, every_ms: number, key: string): { value: T | null; problem: string } {
  const [state, setState] = useState<{ value: T | null; problem: string }>({ value: null, problem: "" });
  const latest = useRef(read);
  latest.current = read;
  useEffect(() => {
    let timer = 0;
    let wanted = true;
    const turn = async (): Promise<void> => {
      const outcome = await latest.current().then((value) => ({ value }), (error: unknown) => ({ error }));
      if (!wanted) return;
      if ("value" in outcome) setState({ value: outcome.value, problem: "" });
      else setState((old) => ({ ...old, problem: inWords(outcome.error) }));
      const over = "error" in outcome && outcome.error instanceof Refusal && outcome.error.final;
      if (!over) timer = window.setTimeout(() => void turn(), every_ms);
    };
    void turn();
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [every_ms, key]);
  return state;
}
