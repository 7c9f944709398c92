import { readClaims } from "./access";
import { DevicePicker } from "./DevicePicker";
import type { Devices } from "./media";

interface Props {
  token: string;
  setToken(token: string): void;
  devices: Devices;
  choose(devices: Devices): void;
  join(): void;
  problem: string;
}

/** The door: a token, out of sight while it is good, the devices, a button. */
export function JoinForm({ token, setToken, devices, choose, join, problem }: Props) {
  const room = roomOf(token);
  return (
    <main className="door">
      <h1>{room ? `Join “${room}”` : "Join a room"}</h1>
      <form onSubmit={(event) => (event.preventDefault(), join())}>
        <details open={room === "" || problem !== ""}>
          <summary>Room token</summary>
          <textarea aria-label="Room token" rows={3} spellCheck={false} autoComplete="off" value={token}
            onChange={(event) => setToken(event.target.value)} />
        </details>
        <DevicePicker devices={devices} choose={choose} />
        <button type="submit" className="main">Join with camera and microphone</button>
      </form>
      <p role="alert" className="problem">{problem}</p>
    </main>
  );
}

function roomOf(token: string): string {
  try {
    return readClaims(token).room;
  } catch {
    return "";
  }
}
