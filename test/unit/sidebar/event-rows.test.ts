import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { EventRows } from '../../../nodes/webhooks-sidebar/editor/event-rows';
import type { EventDto, EventPageDto } from '../../../src/history/dto';
import { anEventDetail } from './event-fixture';

const event = (id: string, status = 'success'): EventDto => anEventDetail({ id, status });
const page = (ids: string, next: string | null): EventPageDto => ({
  events: Array.from(ids, (id) => event(id)),
  next,
});

describe('the rows of a list', () => {
  let rows: EventRows;
  const known = (): string =>
    Array.from({ length: rows.length }, (_, place) => rows.at(place)?.id).join('');
  beforeEach(() => {
    rows = new EventRows();
    rows.replace(page('fed', 'd'));
  });

  test('pages below are appended, what is known already is not', () => {
    rows.append(page('dcb', 'b'));
    assert.deepEqual([known(), rows.next], ['fedcb', 'b']);
    rows.append(page('a', null));
    assert.deepEqual([known(), rows.next, rows.placeOf('a')], ['fedcba', null, 5]);
  });

  test('the newest page brings what is new, and changes of what is known', () => {
    const newest = { events: [event('h'), event('g'), event('f', 'failed')], next: 'f' };
    assert.equal(rows.mergeNewest(newest), 2);
    assert.deepEqual([known(), rows.at(2)?.status, rows.next], ['hgfed', 'failed', 'd']);
    assert.deepEqual([rows.placeOf('h'), rows.placeOf('d'), rows.newest?.id], [0, 4, 'h']);
    assert.equal(rows.mergeNewest(newest), 0);
  });

  test('where something may be missing between, nothing is merged', () => {
    assert.equal(rows.mergeNewest(page('zyx', 'x')), null);
    assert.equal(known(), 'fed');
    assert.equal(rows.mergeNewest(page('zyx', null)), 3, 'all that there is');
    assert.equal(known(), 'zyxfed');
    rows.replace(page('', null));
    assert.equal(rows.mergeNewest(page('ba', 'a')), 2, 'into an empty list');
  });

  test('an update changes the event where it stands, and adds none', () => {
    rows.update([event('e', 'retrying'), event('q')]);
    assert.deepEqual([known(), rows.at(1)?.status], ['fed', 'retrying']);
  });
});
