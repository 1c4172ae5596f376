// Numbers and times in the form of each language (the table of the look), in the time of the neighbourhoods.

const ZONE = "Asia/Shanghai";
let chinese = true;
const counts = new Intl.NumberFormat("en");

/** Says in which language figures are written from now on: "zh-hans" or "en". */
export function speak(language) {
  chinese = language !== "en";
}

/** 2,022, with a real minus below zero. */
export function count(number) {
  return counts.format(number).replace("-", "−");
}

/** A sum as the server writes it, "1790720.00", for people: 1,790,720.00; the fen stay as they are. */
export function yuan(amount) {
  const [whole, fen] = amount.split(".");
  return `${count(Number(whole))}.${(fen || "").padEnd(2, "0")}`;
}

/** 12:10 */
export function clock(time) {
  const { hour, minute } = partsOf(time);
  return `${hour}:${minute}`;
}

/** 11月23日, or 23 Nov; the year where it is another. */
export function day(time, now = new Date()) {
  const { year, month, day: date } = partsOf(time);
  if (chinese) return year === partsOf(now).year ? `${+month}月${+date}日` : `${year}年${+month}月${+date}日`;
  const name = new Intl.DateTimeFormat("en", { month: "short", timeZone: ZONE }).format(new Date(time));
  return year === partsOf(now).year ? `${+date} ${name}` : `${+date} ${name} ${year}`;
}

/** 11月23日 12:10, or 23 Nov 12:10 */
export function moment(time, now = new Date()) {
  return `${day(time, now)} ${clock(time)}`;
}

function partsOf(time) {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: ZONE,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return Object.fromEntries(format.formatToParts(new Date(time)).map(({ type, value }) => [type, value]));
}
