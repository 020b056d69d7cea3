/** @file Dates that can be read in one way, against the calendar. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dateOf } from '../../../src/data/formats/dates.ts';

const at = (...parts: [number, number, number, number?, number?, number?, number?]) =>
  Date.UTC(parts[0], parts[1] - 1, ...(parts.slice(2) as [number]));

test('dates are read, in UTC where they name no zone', () => {
  const dates: [string, number][] = [
    ['2010-10-19T23:55:27Z', at(2010, 10, 19, 23, 55, 27)],
    ['2010-10-19T23:55:27.250Z', at(2010, 10, 19, 23, 55, 27, 250)],
    ['2010-10-19 23:55:27', at(2010, 10, 19, 23, 55, 27)],
    ['2010-10-19 23:55', at(2010, 10, 19, 23, 55)],
    ['2010-10-19', at(2010, 10, 19)],
    ['2010/10/19', at(2010, 10, 19)],
    ['2012-02-29', at(2012, 2, 29)],
    ['2010-10-19T23:55:27+02:00', at(2010, 10, 19, 21, 55, 27)],
    ['2010-10-19 23:55:27 -0130', at(2010, 10, 20, 1, 25, 27)],
    ['Tue Apr 03 18:00:09 +0000 2012', at(2012, 4, 3, 18, 0, 9)],
    ['Tue Apr 03 18:00:09 -0500 2012', at(2012, 4, 3, 23, 0, 9)],
  ];
  for (const [text, expected] of dates) assert.is(dateOf(text), expected, text);
});

test('words, days that may be months, and days that no month has, are none', () => {
  for (const text of [
    ...['visit 3', 'Item 5', 'May', '', '12', '05/12/2010', '05-12-2010', '5.12.2010'],
    ...['2010-02-30', '2010-13-01', '2011-02-29', '2010-10-19T25:00Z', '2010-10/19', '20101019'],
    ...['Tue Foo 03 18:00:09 +0000 2012', '2010-10-19T23:55:27 CET', 'x2010-10-19'],
  ]) {
    assert.is(dateOf(text), undefined, text);
  }
});

test.run();
