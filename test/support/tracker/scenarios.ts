import {
  chain,
  deadEnd,
  fn,
  own,
  sink,
  type FlowSource,
  type Part,
  type Parts,
} from './flow-parts';

/** `fail`: noticed, well before the time-out; `timeout`: nothing can notice it any earlier. */
export type Verdict = 'ok' | 'fail' | 'timeout';

export interface Scenario extends Omit<FlowSource, 'key'> {
  readonly name: string;
  readonly verdict: Verdict;
  /** Messages that must have reached a sink when success is reported, and no more ever. */
  readonly sinks?: number;
  readonly payload?: unknown;
}

/** Addresses of the process that runs the scenarios. */
export interface Targets {
  /** Answers `/ok` after 60 ms with 200 and `/500` with 500. */
  readonly url: string;
  /** Refuses connections. */
  readonly refusedUrl: string;
}

const ok = (name: string, sinks: number, parts: Parts, more: Partial<Scenario> = {}): Scenario => ({
  name,
  verdict: 'ok',
  sinks,
  parts,
  ...more,
});
const fail = (name: string, parts: Parts, more: Partial<Scenario> = {}): Scenario => ({
  name,
  verdict: 'fail',
  parts,
  ...more,
});

const userCatch: Parts = { catch: { type: 'catch', scope: null, to: [['caught']] }, caught: sink };
const split: Part = {
  type: 'split',
  splt: '\\n',
  spltType: 'str',
  arraySplt: 1,
  arraySpltType: 'len',
};
const throwOnThree = fn("if (msg.payload === 3) throw new Error('three'); return msg;");
const delay = (ms: number, more: object = {}): Part => ({
  type: 'delay',
  pauseType: 'delay',
  timeout: String(ms),
  timeoutUnits: 'milliseconds',
  rate: '1',
  rateUnits: 'second',
  ...more,
});
const httpRequest = (url: string, senderr: boolean): Part => ({
  type: 'http request',
  method: 'GET',
  ret: 'txt',
  url,
  senderr,
});
const switchNode = (rule: object, more: object = {}): Part => ({
  type: 'switch',
  property: 'payload',
  propertyType: 'msg',
  rules: [rule],
  checkall: 'true',
  outputs: 1,
  ...more,
});
const change = (to: string, tot: string): Part => ({
  type: 'change',
  rules: [{ t: 'set', p: 'payload', pt: 'msg', to, tot }],
});

const reporting: readonly Scenario[] = [
  ok('a  done() 3-arg', 1, chain(own('done'))),
  fail('b  done(err)', chain(own('done-error'))),
  ok('c1 legacy sync', 1, chain(own('legacy'))),
  ok('c2 legacy async 20ms (<settle)', 1, chain(own('legacy-20'))),
  ok('c3 legacy async 100ms (>settle 30)', 1, chain(own('legacy-100'))),
  fail('c4 legacy async node.error(e,msg) 10ms', chain(own('legacy-error-10'))),
  fail('d1 node.error(e,msg)+done()', chain(own('error-then-done'))),
  fail('d2 node.error(e,msg) no done', chain(own('error-only'))),
  fail('d3 node.error(e) NO msg + done()', chain(own('error-without-message'))),
  fail('d4 node.error(e,msg) with user catch', { ...chain(own('error-only')), ...userCatch }),
  fail('e1 throw in 3-arg', chain(own('throw'))),
  fail('e2 throw in legacy', chain(own('legacy-throw'))),
  fail('e3 throw in 3-arg with user catch', { ...chain(own('throw')), ...userCatch }),
];

const sendLater = 'setTimeout(() => { node.send(msg);';
const functions: readonly Scenario[] = [
  ok('f1 fn async send, auto-done (50ms)', 1, chain(fn(`${sendLater} }, 50); return null;`))),
  ok('f2 fn async send then node.done()', 1, chain(fn(`${sendLater} node.done(); }, 50);`))),
  ok('f3 fn node.done() then async send 20ms', 1, chain(fn(`node.done(); ${sendLater} }, 20);`))),
  fail('f4 fn throw', chain(fn("throw new Error('boom');"))),
  ok('f5 fn returns new object', 1, chain(fn('return { payload: 1 };'))),
  ok('f6 fn returns null (drop)', 0, chain(fn('return null;'))),
  ok('f7 fn 2 outputs x2 msgs', 4, {
    ...chain(
      fn('return [[{ payload: 1 }, { payload: 2 }], [{ payload: 3 }, { payload: 4 }]];', {
        outputs: 2,
        to: [['sink'], ['sink']],
      }),
    ),
  }),
  fail(
    'f8 fn node.error(e,msg) then return msg',
    chain(fn("node.error('boom', msg); return msg;")),
  ),
  ok('f9 fn await 50ms then return', 1, chain(fn(`${pause()} return msg;`))),
  fail('f10 fn await then throw', chain(fn(`${pause()} throw new Error('boom');`))),
  fail(
    'f11 fn throw inside setTimeout',
    chain(fn("setTimeout(() => { throw new Error('boom'); }, 20); return null;")),
  ),
];

function pause(): string {
  return 'await new Promise((done) => setTimeout(done, 50));';
}

const linkIn: Part = { type: 'link in' };
const linkReturn: Part = { type: 'link out', mode: 'return', links: [] };
const linkCall = (timeout: string): Part => ({
  type: 'link call',
  linkType: 'static',
  links: ['in'],
  timeout,
});

const links: readonly Scenario[] = [
  ok('g1 link out->link in->sink', 1, {
    n1: { type: 'link out', mode: 'link', links: ['in'] },
    in: { ...linkIn, to: [['sink']] },
    sink,
  }),
  ok('g2 link call ->in->fn->out(return)->sink', 1, {
    ...chain(linkCall('30')),
    in: { ...linkIn, to: [['called']] },
    called: fn('return msg;', { to: [['return']] }),
    return: linkReturn,
  }),
  fail('g3 link call target errors', {
    ...chain(linkCall('30')),
    in: { ...linkIn, to: [['called']] },
    called: own('done-error', { to: [['return']] }),
    return: linkReturn,
  }),
  fail('g4 link call timeout 0.2s', {
    ...chain(linkCall('0.2')),
    in: { ...linkIn, to: [['called']] },
    called: fn('return null;', { to: [['return']] }),
    return: linkReturn,
  }),
  ok('h1 subflow async inner', 1, chain({ type: 'subflow' }), {
    subflow: { n1: own('after-30', { to: [['out']] }), out: own('done') },
  }),
  fail('h2 subflow inner error', chain({ type: 'subflow' }), {
    subflow: { n1: own('done-error', { to: [['out']] }), out: own('done') },
  }),
  ok('i1 wrap has no wires', 0, {}, { first: [] }),
  ok('i2 terminal node without wires', 0, deadEnd(own('done'))),
  ok('i3 node without input handler', 0, deadEnd(own('no-handler'))),
  ok('i4 disabled node downstream', 0, chain(own('done', { d: true }))),
];

const join: Part = { type: 'join', mode: 'auto', build: 'array', property: 'payload' };
const sequences: readonly Scenario[] = [
  ok('j1 delay 100ms', 1, chain(delay(100))),
  ok(
    'j2 fn x3 -> delay rate 1/50ms -> sink',
    3,
    chain(
      fn('return [[{ payload: 1 }, { payload: 2 }, { payload: 3 }]];'),
      delay(0, { pauseType: 'rate', rate: '20', nbRateUnits: '1' }),
    ),
  ),
  ok('j3 split -> join', 1, chain(split, join), { payload: [1, 2, 3] }),
  ok('j4 split -> delay 50 -> sink x3', 3, chain(split, delay(50)), { payload: [1, 2, 3] }),
  fail('j4b split -> fn that throws on 3', chain(split, throwOnThree), { payload: [1, 2, 3] }),
  // Its parts could still come, so nothing can tell that they won't: only the time-out ends it.
  fail(
    'j4c split -> join that never fills (count 9)',
    chain(split, { ...join, mode: 'custom', count: '9', joiner: '\\n', useparts: false }),
    { payload: [1, 2, 3], verdict: 'timeout', sinks: 0 },
  ),
];

const core = ({ url, refusedUrl }: Targets): readonly Scenario[] => [
  ok('j5 http request 200 (60ms)', 1, chain(httpRequest(`${url}/ok`, false))),
  fail('j6 http request ECONNREFUSED senderr=false', chain(httpRequest(refusedUrl, false))),
  fail('j6b http request ECONNREFUSED senderr=true', chain(httpRequest(refusedUrl, true))),
  ok('j7 http request 500 (no node error by design)', 1, chain(httpRequest(`${url}/500`, false))),
  ok('j8 trigger send now + after 100ms', 2, chain(trigger(100))),
  ok('j9 debug', 0, deadEnd({ type: 'debug', active: true, complete: 'payload' })),
  ok('j10 switch match', 1, chain(switchNode({ t: 'eq', v: 'hello', vt: 'str' }))),
  ok('j11 switch no match (drop)', 0, chain(switchNode({ t: 'eq', v: 'other', vt: 'str' }))),
  ok(
    'j11b switch jsonata async',
    1,
    chain(switchNode({ t: 'jsonata_exp', v: 'payload = "hello"', vt: 'jsonata' })),
  ),
  ok('j12 change', 1, chain(change('changed', 'str'))),
  fail('j13 change jsonata error', chain(change('$number("none")', 'jsonata'))),
  ok('j14 template', 1, chain({ type: 'template', template: '{{payload}}', field: 'payload' })),
  fail('j15 json parse error', chain({ type: 'json', property: 'payload', action: '' }), {
    payload: '{not json',
  }),
  ok('j16 rbe/filter', 1, chain({ type: 'rbe', func: 'rbe', property: 'payload', inout: 'out' })),
  ok('j17 batch count 1', 1, chain({ type: 'batch', mode: 'count', count: 1, overlap: 0 })),
  ok(
    'j18 exec ok',
    1,
    chain({ type: 'exec', command: 'true', addpay: '', to: [['sink'], [], []] }),
  ),
  fail(
    'j19 file write bad path',
    chain({
      type: 'file',
      filename: '/proc/no such folder/file',
      filenameType: 'str',
      overwriteFile: 'true',
      createDir: false,
    }),
  ),
];

function trigger(ms: number): Part {
  return {
    type: 'trigger',
    op1: '1',
    op2: '0',
    op1type: 'str',
    op2type: 'str',
    duration: String(ms),
    units: 'ms',
    extend: 'false',
    bytopic: 'all',
    outputs: 1,
  };
}

const lineage: readonly Scenario[] = [
  ok('k1 new object, no _msgid (3-arg async)', 1, chain(own('new-message'))),
  ok('k2 new object, no _msgid (legacy async 10ms)', 1, chain(own('legacy-new-10'))),
  ok('k3 node mutates msg._msgid', 1, chain(own('other-id'))),
  fail('k4 newmsg -> doneerr (error after id loss)', chain(own('new-message'), own('done-error'))),
  ok('l1 fan-out to 3 sinks (clones)', 3, {
    n1: own('done', { to: [['s1', 's2', 's3']] }),
    s1: sink,
    s2: sink,
    s3: sink,
  }),
  fail('l2 fan-out, one branch fails', {
    n1: own('done', { to: [['s1', 's2', 'bad']] }),
    s1: sink,
    s2: sink,
    bad: own('done-error'),
  }),
  { name: 'm1 3-arg never calls done', verdict: 'timeout', sinks: 1, parts: chain(own('never')) },
  ok('m2 done() then sync send', 1, chain(own('done-then-send'))),
  ok('m3 done() then async send 20ms', 1, chain(own('done-then-send-20'))),
  ok('p1 pool queue, same msg', 1, chain(own('pool-same'))),
  ok('p2 pool queue, new msg w/o _msgid', 1, chain(own('pool-new'))),
  fail('p3 pool queue, node.error(e,msg)', chain(own('pool-error'))),
  ok('q1 complete node -> sink', 2, {
    ...chain(own('done')),
    complete: { type: 'complete', scope: ['n1'], uncaught: false, to: [['completed']] },
    completed: sink,
  }),
];

/** The 70 scenarios: whatever a node does, the verdict is right, once, and not too early. */
export function scenarios(targets: Targets): readonly Scenario[] {
  return [...reporting, ...functions, ...links, ...sequences, ...core(targets), ...lineage];
}

export interface ConcurrencySet {
  readonly name: string;
  readonly flow: Omit<FlowSource, 'key'>;
  /** Message and verdict of the i-th of the attempts that run at once. */
  readonly attempt: (i: number) => { readonly payload: unknown; readonly verdict: 'ok' | 'fail' };
}

export function concurrencySets({ refusedUrl }: Targets): readonly ConcurrencySet[] {
  return [
    {
      name: 'switch burst',
      flow: { parts: chain(switchNode({ t: 'eq', v: 'hello', vt: 'str' })) },
      attempt: () => ({ payload: 'hello', verdict: 'ok' }),
    },
    {
      name: 'subflow where every third fails',
      flow: {
        parts: chain({ type: 'subflow' }),
        subflow: {
          n1: own('after-30', { to: [['out']] }),
          out: own('done-error-if'),
        },
      },
      attempt: (i) => (i % 3 === 0 ? mustFail('fail') : { payload: 'hello', verdict: 'ok' }),
    },
    {
      name: 'split -> function that throws on the third part, mixed',
      flow: { parts: chain(split, throwOnThree) },
      attempt: (i) => (i % 2 === 0 ? mustFail([1, 2, 3]) : { payload: [1, 2, 4], verdict: 'ok' }),
    },
    {
      name: 'http request refused',
      flow: { parts: chain(httpRequest(refusedUrl, false)) },
      attempt: () => mustFail('hello'),
    },
    {
      name: 'pooled queue with node.error',
      flow: { parts: chain(own('pool-error-if')) },
      attempt: (i) => (i % 4 === 0 ? { payload: 'hello', verdict: 'ok' } : mustFail('fail')),
    },
  ];
}

function mustFail(payload: unknown): { payload: unknown; verdict: 'fail' } {
  return { payload, verdict: 'fail' };
}

export interface DeployRow {
  readonly name: string;
  readonly flow: Omit<FlowSource, 'key'>;
  readonly payload: unknown;
  /** `full` restarts every node; `other tab` leaves this flow alone. */
  readonly deploy: 'full' | 'other tab';
  readonly outcome: 'interrupted' | 'success';
}

/** Messages held by a node when a deploy comes. */
export const deployRows: readonly DeployRow[] = [
  {
    name: 'delay holds a message, full deploy',
    flow: { parts: chain(delay(900)) },
    payload: 'hello',
    deploy: 'full',
    outcome: 'interrupted',
  },
  {
    name: 'join holds messages, full deploy',
    flow: { parts: chain(split, { ...join, mode: 'custom', count: '9', joiner: '\\n' }) },
    payload: [1, 2, 3],
    deploy: 'full',
    outcome: 'interrupted',
  },
  {
    name: 'delay holds a message, deploy of another tab',
    flow: { parts: chain(delay(600)) },
    payload: 'hello',
    deploy: 'other tab',
    outcome: 'success',
  },
];
