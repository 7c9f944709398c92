import { useEffect, useState } from "react";

import { listDevices, type Devices } from "./media";

interface Props {
  devices: Devices;
  choose(devices: Devices): void;
}

/** Which camera and which microphone. */
export function DevicePicker({ devices, choose }: Props) {
  const found = useDevices();
  return (
    <fieldset className="devices">
      <legend>Devices</legend>
      <Choice label="Camera" value={devices.camera} found={found.cameras} choose={(camera) => choose({ ...devices, camera })} />
      <Choice label="Microphone" value={devices.microphone} found={found.microphones}
        choose={(microphone) => choose({ ...devices, microphone })} />
    </fieldset>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  found: MediaDeviceInfo[];
  choose(id: string): void;
}

function Choice({ label, value, found, choose }: ChoiceProps) {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => choose(event.target.value)}>
        <option value="">The browser’s choice</option>
        {found.map((device, index) => (
          <option key={device.deviceId} value={device.deviceId}>{device.label || `${label} ${index + 1}`}</option>
        ))}
      </select>
    </label>
  );
}

function useDevices() {
  const [found, setFound] = useState<{ cameras: MediaDeviceInfo[]; microphones: MediaDeviceInfo[] }>({ cameras: [], microphones: [] });
  useEffect(() => {
    // Absent on pages of plain http from another machine: browsers give cameras only to secure pages.
    const media = navigator.mediaDevices as MediaDevices | undefined;
    if (!media) return;
    const look = (): void => void listDevices().then(setFound, () => undefined);
    look();
    media.addEventListener("devicechange", look);
    return () => media.removeEventListener("devicechange", look);
  }, []);
  return found;
}
