import { expect, test } from "vitest";

import { accessBy, tokenOf } from "./access";

const tokenWith = (claims: object) =>
  ["e30", btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(claims)))).replace(/=+$/, ""), "x"].join(".");
const none = new URLSearchParams();

test("the token is read from the fragment", () => {
  expect(tokenOf("#token=a.b.c")).toBe("a.b.c");
  expect(tokenOf("")).toBe("");
});

test("claims may hold any script", () => {
  expect(accessBy(tokenWith({ app: 7, room: "教室", user: "陈" }), none, 0).claims).toMatchObject({ room: "教室", name: "陈" });
});

test("a token of another room, an expired one and nonsense are refused in words", () => {
  const query = new URLSearchParams("room=lesson&app=7");
  expect(() => accessBy(tokenWith({ app: 7, room: "other" }), query, 0)).toThrow("for the room “other”");
  expect(() => accessBy(tokenWith({ app: 8, room: "lesson" }), query, 0)).toThrow("for the app 8");
  expect(() => accessBy(tokenWith({ app: 7, room: "lesson", exp: 10 }), query, 10)).toThrow("expired");
  expect(() => accessBy("nonsense", query, 0)).toThrow("no room token");
});
