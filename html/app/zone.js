/* Wall clock and instant: what a date and an hour mean in a time zone, and back.  Times are "2026-11-22T08:30". */

const formats = new Map();
function partsIn(instant, zone) {
  if (!formats.has(zone)) {
    formats.set(zone, new Intl.DateTimeFormat('en-GB', { timeZone: zone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23',
      year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' }));
  }
  return Object.fromEntries(formats.get(zone).formatToParts(instant).map((p) => [p.type, p.value]));
}

/** The wall clock of an instant, to the minute. */
export function wall(iso, zone) {
  const p = partsIn(new Date(iso), zone);
  return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}`;
}

/* Milliseconds the zone is ahead of UTC at an instant. */
function ahead(ms, zone) {
  const p = partsIn(new Date(ms), zone);
  return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) - Math.floor(ms / 1000) * 1000;
}

/** The instant of a wall clock time; of two (clocks set back) the first, and across a gap the time after it. */
export function instant(local, zone) {
  const naive = Date.parse(`${local}:00Z`);
  if (!Number.isFinite(naive)) return null;
  const first = naive - ahead(naive - ahead(naive, zone), zone);
  const second = naive - ahead(first, zone);
  const fits = [first, second].filter((ms) => naive - ms === ahead(ms, zone));
  return new Date(fits.length ? Math.min(...fits) : Math.max(first, second)).toISOString().replace('.000Z', 'Z');
}

/** The date so many days later, as text; months and years take care of themselves. */
export const addDays = (date, n) => new Date(Date.parse(`${date}T00:00:00Z`) + n * 86_400_000).toISOString().slice(0, 10);
