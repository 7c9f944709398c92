import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { RoomPage } from "./RoomPage";
import "./style.css";

createRoot(document.getElementById("page")!).render(
  <StrictMode>
    <RoomPage />
  </StrictMode>,
);
