/** A time by a format of C, in English, as templates ask for it. */

const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const months = [
  ...["January", "February", "March", "April", "May", "June"],
  ...["July", "August", "September", "October", "November", "December"],
];

const padded = (value: number, width = 2) => String(value).padStart(width, "0");
const hourOfTwelve = (date: Date) => date.getHours() % 12 || 12;
const dayOfYear = (date: Date) => {
  const day = (month: number, ofMonth: number) => Date.UTC(date.getFullYear(), month, ofMonth) / 86_400_000;
  return day(date.getMonth(), date.getDate()) - day(0, 0);
};

const fields: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getFullYear()),
  y: (date) => padded(date.getFullYear() % 100),
  m: (date) => padded(date.getMonth() + 1),
  d: (date) => padded(date.getDate()),
  e: (date) => String(date.getDate()).padStart(2),
  j: (date) => padded(dayOfYear(date), 3),
  H: (date) => padded(date.getHours()),
  I: (date) => padded(hourOfTwelve(date)),
  M: (date) => padded(date.getMinutes()),
  S: (date) => padded(date.getSeconds()),
  p: (date) => (date.getHours() < 12 ? "AM" : "PM"),
  A: (date) => days[date.getDay()] ?? "",
  a: (date) => days[date.getDay()]?.slice(0, 3) ?? "",
  B: (date) => months[date.getMonth()] ?? "",
  b: (date) => months[date.getMonth()]?.slice(0, 3) ?? "",
  F: (date) => strftime(date, "%Y-%m-%d"),
  T: (date) => strftime(date, "%H:%M:%S"),
  D: (date) => strftime(date, "%m/%d/%y"),
  "%": () => "%",
};

/** Fields that are not known stay as they are. */
export function strftime(date: Date, format: string): string {
  // GNU's "-" leaves out what pads a number.
  return format.replaceAll(/%(-?)([A-Za-z%])/g, (whole, dash: string, name: string) => {
    const text = fields[name]?.(date) ?? whole;
    return dash ? text.replace(/^[0 ]+(?=\d)/, "") : text;
  });
}
