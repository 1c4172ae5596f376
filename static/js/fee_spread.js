// How an amount is spread over bills, in whole fen; as governance/rules/fees/spreading.py does.

/** "1,234.5" is 123450 fen; null where it is no amount with at most two places. */
export function fen(text) {
  const found = /^(\d{1,12})(?:\.(\d{0,2}))?$/.exec(String(text).replaceAll(/[,，\s]/g, ""));
  return found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : null;
}

/** 123450 fen is "1,234.50". */
export function yuan(value) {
  const whole = Math.floor(value / 100).toString().replaceAll(/\B(?=(\d{3})+$)/g, ",");
  return `${whole}.${(value % 100).toString().padStart(2, "0")}`;
}

/** What goes to each of `bills` ({owed, named}, oldest first), named ones first, and what is left. */
export function spread(amount, bills) {
  const goes = bills.map(() => 0);
  let left = amount;
  for (const named of [true, false]) {
    bills.forEach((bill, number) => {
      if (bill.named === named) {
        goes[number] = Math.min(left, bill.owed);
        left -= goes[number];
      }
    });
  }
  return { goes, left };
}
