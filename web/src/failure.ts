/** Failures in words a person can act on. */

/** The server refused; `final` when trying again can't help. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly final: boolean,
    words: string,
  ) {
    super(words);
  }
}

const WORDS: Record<number, string> = {
  401: "The server doesn't accept this token. It may have expired: ask for a new one.",
  403: "This token doesn't allow that.",
  404: "The server doesn't know this.",
  406: "The server can't take what this browser offers.",
  409: "The server is busy with an earlier request of yours.",
  413: "The server finds this request too large.",
  503: "The rooms are full or restarting.",
};

/** The refusal of a response that isn't a success, in the server's words when it gave some. */
export async function refusalOf(response: Response): Promise<Refusal> {
  const said = response.headers.get("content-type")?.includes("json") ? await spokenBy(response) : "";
  const final = [400, 401, 403, 406, 413, 415].includes(response.status);
  const words = WORDS[response.status] ?? `The server answered ${response.status}.`;
  return new Refusal(response.status, final, said ? `${words} (${said})` : words);
}

async function spokenBy(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  if (body === null || typeof body !== "object") return "";
  const { detail, error, message } = body as Record<string, unknown>;
  return [error, detail, message].find((value): value is string => typeof value === "string") ?? "";
}

/** An error of camera, network or server as one sentence. */
export function inWords(error: unknown): string {
  if (error instanceof DOMException) return MEDIA_WORDS[error.name] ?? error.message;
  if (error instanceof TypeError) return "The server can't be reached.";
  return error instanceof Error ? error.message : String(error);
}

const MEDIA_WORDS: Record<string, string> = {
  NotAllowedError: "The browser was not allowed to use camera or microphone. Allow it beside the address and try again.",
  NotFoundError: "No camera or microphone was found.",
  NotReadableError: "Camera or microphone is in use by another program.",
  OverconstrainedError: "The chosen camera or microphone is gone. Choose another.",
  SecurityError: "Browsers give cameras only to pages of https or of this machine.",
};
