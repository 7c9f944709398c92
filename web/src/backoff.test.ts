import { expect, test } from "vitest";

import { waitAfter } from "./backoff";

test("waits double up to a ceiling and are spread by a quarter either way", () => {
  expect([1, 2, 3, 9].map((n) => waitAfter(n, 0.5))).toEqual([1000, 2000, 4000, 15000]);
  expect([0, 0.5].map((chance) => waitAfter(1, chance))).toEqual([750, 1000]);
});
