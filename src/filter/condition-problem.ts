/**
 * A condition could not be evaluated on this message: neither true nor false. The text has nothing of
 * the message in it. Trying again cannot help: `permanent` is what a retry node reads.
 */
export class ConditionProblem extends Error {
  readonly permanent = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConditionProblem';
  }
}
