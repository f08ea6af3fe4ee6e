/**
 * The places at which a process can be made to die. `fault-preload` knows where each of them is in the
 * code; a test arms one by writing a `Fault` into the file that the environment names in FAULT_FILE.
 */
export const FAULT_POINTS = {
  verified: 'a request was verified, nothing of it is stored',
  'before enqueue': 'an event is about to be sent to the thread of the store',
  'after enqueue': 'an event was sent to the thread of the store',
  'before sync': 'in the commit: written, but the disk has not confirmed it',
  'after sync': 'in the commit: the disk has confirmed it',
  'before reply': 'committed, the answer of the store is not sent',
  stored: 'committed, the request is not answered',
  answered: 'the answer has left the process',
  dispatched: 'an event is about to be sent into the flow',
  'in the flow': 'a node works on the message of an event',
  'before park': 'an attempt at a retry node has failed, its job is not stored',
  'after park': 'the job of a retry node is stored',
  'job claimed': 'a due job is counted as running, and not in the flow',
  'before job end': 'an attempt of a job has ended, and that is not stored',
  'after job end': 'the end of an attempt of a job is stored',
  'before end': 'an event has its final status, and that is not stored',
  'after end': 'the final status of an event is stored',
  'flows stopping': 'a deploy has begun: verdicts are frozen',
  'flows stopped': 'a deploy has closed the nodes',
  'flows starting': 'a deploy has built the nodes, and delivery is about to go on',
  'before take-up': 'a new process is about to put back what the one before had in hand',
  'taken up': 'a new process has put back what the one before had in hand',
  claimed: 'waiting events are counted as handed over, and not in the flow',
} as const;

export type FaultPoint = keyof typeof FAULT_POINTS;

/** What happens at the hit-th time that the process passes a point. */
export interface Fault {
  /** A new one counts from nought. */
  readonly id: string;
  readonly point: FaultPoint;
  readonly hit: number;
  /**
   * `kill`: SIGKILL to the process. `end thread`: the thread that is there ends at once (for points of
   * the store's thread). `throw`: an error of the driver's kind.
   */
  readonly action: 'kill' | 'end thread' | 'throw';
}

/** Where the preload tells that a fault was reached: the file of the fault with this ending. */
export const HIT_SUFFIX = '.hit';
