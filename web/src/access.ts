/** Where the page joins and by which right: app and room of the address, token of its fragment. */

export interface Claims {
  app: number;
  room: string;
  user: string;
  name: string;
  record: boolean;
  expires: number; // seconds since the Unix epoch; 0: never
}

export interface Access {
  token: string;
  claims: Claims;
}

/** The token of a fragment such as `#token=…`. The fragment never reaches a server or its logs, a query would. */
export function tokenOf(fragment: string): string {
  return new URLSearchParams(fragment.replace(/^#/, "")).get("token") ?? "";
}

/** What the token says, unverified: only the server can verify it. Throws an Error in words. */
export function readClaims(token: string): Claims {
  const body = token.trim().split(".")[1];
  if (!body) throw new Error("That is no room token: it should have three parts with dots between.");
  const claims = parse(body);
  const { app, room } = claims;
  if (typeof app !== "number" || typeof room !== "string" || room === "") {
    throw new Error("That token names no app or no room.");
  }
  const user = typeof claims.user === "string" && claims.user ? claims.user : "guest";
  return {
    app,
    room,
    user,
    name: typeof claims.name === "string" && claims.name ? claims.name : user,
    record: claims.record === true,
    expires: typeof claims.exp === "number" ? claims.exp : 0,
  };
}

/** Access by a token, checked against the room the address names, if it names one. Throws an Error in words. */
export function accessBy(token: string, query: URLSearchParams, now_s: number): Access {
  const claims = readClaims(token);
  const room = query.get("room");
  const app = query.get("app");
  if (room !== null && room !== claims.room) throw new Error(`This token is for the room “${claims.room}”.`);
  if (app !== null && Number(app) !== claims.app) throw new Error(`This token is for the app ${claims.app}.`);
  if (claims.expires !== 0 && claims.expires <= now_s) throw new Error("This token has expired. Ask for a new one.");
  return { token: token.trim(), claims };
}

function parse(body: string): Record<string, unknown> {
  try {
    const bytes = Uint8Array.from(atob(body.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  } catch {
    throw new Error("That is no room token: its middle part can't be read.");
  }
}
