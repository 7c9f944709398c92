import { useState } from "react";

import { accessBy, tokenOf, type Access } from "./access";
import { inWords } from "./failure";
import { JoinForm } from "./JoinForm";
import type { Devices } from "./media";
import { Room } from "./Room";

/** Before, in, and after a room. */
export function RoomPage() {
  const [token, setToken] = useState(() => tokenOf(location.hash));
  const [devices, setDevices] = useState<Devices>({ camera: "", microphone: "" });
  const [access, setAccess] = useState<Access | null>(null);
  const [problem, setProblem] = useState("");

  const join = (): void => {
    try {
      setAccess(accessBy(token, new URLSearchParams(location.search), Date.now() / 1000));
      setProblem("");
    } catch (error) {
      setProblem(inWords(error));
    }
  };

  if (access) return <Room access={access} devices={devices} choose={setDevices} leave={() => setAccess(null)} />;
  return <JoinForm token={token} setToken={setToken} devices={devices} choose={setDevices} join={join} problem={problem} />;
}
