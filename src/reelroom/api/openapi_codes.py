"""The table of return codes in the API's document: what each says, and which action gives which."""

from reelroom.api.codes import Code

GIVEN_WHEN: dict[Code, str] = {
    Code.OK: "success",
    Code.BAD_HOST: "the Host header is missing or malformed",
    Code.ACTION_MISSING: "Action is missing",
    Code.APP_ID_MALFORMED: "AppId is missing, or not a decimal number of 32 bits without leading zeros",
    Code.TIMESTAMP_MISSING: "Timestamp is missing",
    Code.TIMESTAMP_MALFORMED: "Timestamp is not a whole number",
    Code.NONCE_MISSING: "SignatureNonce is missing",
    Code.VERSION_MISSING: "SignatureVersion is missing",
    Code.SIGNATURE_MISSING: "Signature is missing",
    Code.VERSION_WRONG: "SignatureVersion is not 2.0",
    Code.SIGNATURE_EXPIRED: "Timestamp differs from the server's clock by more than 10 minutes: sign again",
    Code.NO_SERVER_SECRET: "there is no app of that AppId",
    Code.SIGNATURE_WRONG: "the signature is wrong: check the four values and their order",
    Code.ACTION_UNKNOWN: "there is no such Action",
    Code.RECORDING_NOT_ENABLED: "recording is not enabled for the app",
    Code.RATE_LIMIT: "more calls of this action within a second than the app may make: slow down",
    Code.BODY_UNREADABLE: "the body is longer than 1 MiB",
    Code.INVALID_INPUT: "the input is invalid: Message names the path, what came and what is allowed",
    Code.TOO_MANY_TASKS: "the app has as many live tasks as it may have",
    Code.TASK_UNKNOWN: "the task does not exist, is another app's, or began more than three days ago",
    Code.TASK_ENDED: "the task has ended already",
    Code.TASK_NOT_PAUSED: "the task is not paused",
    Code.SYSTEM_ERROR: "a fault of the server: its log has a request_failed line with the same RequestId",
}
OF_ONE_ACTION = (Code.OK, Code.TOO_MANY_TASKS, Code.TASK_UNKNOWN, Code.TASK_ENDED, Code.TASK_NOT_PAUSED)
OF_EVERY_ACTION = tuple(code for code in GIVEN_WHEN if code not in OF_ONE_ACTION)


def refusals(*own: Code) -> dict[Code, str]:
    """The refusals of an action with these of its own, in the order of the checks."""
    return {code: words for code, words in GIVEN_WHEN.items() if code in OF_EVERY_ACTION or code in own}


def table(codes: dict[Code, str]) -> str:
    """The codes as a table in CommonMark."""
    return "\n".join(
        ["| Code | given when |", "| --- | --- |", *(f"| {c:d} | {words} |" for c, words in codes.items())]
    )
