import { describeEventStore } from '../../contract/event-store.contract';
import { Histories, SetClock } from './sqlite-harness';

describeEventStore('SQLite', async () => {
  const histories = new Histories();
  const clock = new SetClock();
  let file = histories.path();
  return {
    store: await histories.open({ file, clock }),
    crash: () => {
      file = histories.copyOfDisk(file);
      return histories.open({ file, clock });
    },
    end: () => histories.end(),
  };
});
