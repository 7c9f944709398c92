/** A connection that is kept: made, watched, and made again with growing waits until it is closed. */

import { pause, waitAfter } from "./backoff";
import { inWords, Refusal } from "./failure";
import { connect } from "./signalling";

const DISCONNECTED_FOR_MS = 4_000; // ICE often comes back by itself within this
const CONNECT_WITHIN_MS = 12_000;

export type LinkState = { step: "connecting" } | { step: "live" } | { step: "waiting"; why: string } | { step: "refused"; why: string };

export interface LinkPlan {
  url: string;
  token: string;
  prepare(pc: RTCPeerConnection): void | Promise<void>; // add tracks or receivers before the offer is made
  report(state: LinkState): void;
}

/** Keep a connection as planned until `signal` aborts. A final refusal ends it. */
export async function keepLink(plan: LinkPlan, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    plan.report({ step: "connecting" });
    try {
      await linkOnce(plan, signal, () => {
        failures = 0;
        plan.report({ step: "live" });
      });
      throw new Error("The connection was lost.");
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refusal && error.final) return plan.report({ step: "refused", why: error.message });
      plan.report({ step: "waiting", why: inWords(error) });
    }
    await pause(waitAfter(++failures, Math.random()), signal);
  }
}

/** One connection, from offer to loss; resolves when it is lost or aborted, rejects when it can't be made. */
async function linkOnce(plan: LinkPlan, signal: AbortSignal, live: () => void): Promise<void> {
  const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  let session = { close: () => pc.close() };
  try {
    await plan.prepare(pc);
    const ended = endOf(pc, signal, live);
    session = await connect(pc, plan.url, plan.token, signal);
    await ended;
  } finally {
    session.close();
  }
}

function endOf(pc: RTCPeerConnection, signal: AbortSignal, live: () => void): Promise<void> {
  return new Promise((resolve) => {
    let timer = setTimeout(resolve, CONNECT_WITHIN_MS);
    signal.addEventListener("abort", () => resolve(), { once: true });
    pc.onconnectionstatechange = () => {
      clearTimeout(timer);
      if (pc.connectionState === "connected") live();
      else if (pc.connectionState === "failed" || pc.connectionState === "closed") resolve();
      else timer = setTimeout(resolve, pc.connectionState === "disconnected" ? DISCONNECTED_FOR_MS : CONNECT_WITHIN_MS);
    };
  });
}
