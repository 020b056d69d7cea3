/** @file Dates as data sets write them: those that can be read in one way only. */

/** `2010-10-19T23:55:27Z`, its parts beyond the day left out as may be; UTC where no zone is named. */
const iso =
  /^(\d{4})([-/])(\d{2})\2(\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?) ?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** `Tue Apr 03 18:00:09 +0000 2012`, as Twitter and Foursquare write them. */
const ofTwitter =
  /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{2}) (\d{2}:\d{2}:\d{2}) ([+-]\d{2})(\d{2}) (\d{4})$/;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Milliseconds since 1970 of a date; undefined for what is none, and for days that no month has. */
export function dateOf(text: string): number | undefined {
  const found = iso.exec(text);
  if (found) {
    const [, year, , month, day, time = '00:00', zone = 'Z'] = found;
    return momentOf(`${year}-${month}-${day}`, time, zone);
  }
  const said = ofTwitter.exec(text);
  if (!said) return undefined;
  const [, name, day, time, hours, minutes, year] = said;
  const month = `${months.indexOf(name) + 1}`.padStart(2, '0');
  return momentOf(`${year}-${month}-${day}`, time, `${hours}:${minutes}`);
}

function momentOf(day: string, time: string, zone: string): number | undefined {
  const midnight = Date.parse(`${day}T00:00Z`);
  // JavaScript takes February 30 for March 2.
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) return undefined;
  const moment = Date.parse(`${day}T${time}${zone.replace(/^(...)(\d\d)$/, '$1:$2')}`);
  return Number.isNaN(moment) ? undefined : moment;
}
