import { afterEach, beforeEach, describe } from 'node:test';
import { describeAccepting } from './event-store.accept';
import { describeActivity } from './event-store.activity';
import { describeClaims } from './event-store.claims';
import { StoreContext } from './event-store.context';
import type { StoreHarness } from './event-store.context';
import { describeDeliveries } from './event-store.deliveries';
import { describeInterventions } from './event-store.interventions';
import { describeJobs } from './event-store.jobs';
import { describeMeasures } from './event-store.measures';
import { describeQueries } from './event-store.queries';
import { describeRepeats } from './event-store.repeats';
import { describeSecrets } from './event-store.secrets';
import { describeSuspects } from './event-store.suspects';
import { describeSyncs } from './event-store.syncs';
import { describeTrails } from './event-store.trails';

/** What every store must do, whatever it is made of. */
export function describeEventStore(name: string, makeHarness: () => Promise<StoreHarness>): void {
  describe(`${name} as an event store`, () => {
    const on = new StoreContext();
    beforeEach(() => on.begin(makeHarness));
    afterEach(() => on.end());
    describeAccepting(on);
    describeActivity(on);
    describeClaims(on);
    describeDeliveries(on);
    describeJobs(on);
    describeInterventions(on);
    describeMeasures(on);
    describeQueries(on);
    describeRepeats(on);
    describeSecrets(on);
    describeSuspects(on);
    describeSyncs(on);
    describeTrails(on);
  });
}
