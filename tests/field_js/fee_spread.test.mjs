import assert from "node:assert/strict";
import { test } from "node:test";

import { fen, spread, yuan } from "../../static/js/fee_spread.js";

test("an amount is whole fen, and what is none is nothing", () => {
  assert.deepEqual(["0.07", "1,234.5", "435.83", "２", "1.005", "-1", "", "x"].map(fen), [7, 123450, 43583, null, null, null, null, null]);
  assert.deepEqual([7, 123450, 100000000].map(yuan), ["0.07", "1,234.50", "1,000,000.00"]);
});

test("ticked bills are settled first, then the oldest, and the rest is left", () => {
  const bills = [{ owed: 5570, named: false }, { owed: 14013, named: true }, { owed: 24000, named: false }];

  assert.deepEqual(spread(45000, bills), { goes: [5570, 14013, 24000], left: 1417 });
  assert.deepEqual(spread(15000, bills), { goes: [987, 14013, 0], left: 0 });
  assert.deepEqual(spread(0, []), { goes: [], left: 0 });
});
