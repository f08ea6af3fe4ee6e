/** The hooks of the tracker, in the order in which a message meets them. */
export const HOOKS = [
  ...(['onSend', 'preDeliver', 'onReceive', 'postReceive', 'onComplete'] as const),
  'onLoggedError' as const,
];
export type Hook = (typeof HOOKS)[number];
/** Scenarios that call all hooks: a legacy node, and one that logs an error and passes the message on. */
export const THROWING_SCENARIOS = ['j10 switch match', 'f8 fn node.error(e,msg) then return msg'];
