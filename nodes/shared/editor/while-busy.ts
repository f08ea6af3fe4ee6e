/**
 * Turns a button off for as long as something runs. A button that is off loses the focus: who pressed it by
 * the keyboard, and did not go elsewhere meanwhile, is on it again afterwards.
 */
export function whileBusy(button: JQuery, run: Promise<unknown>): void {
  button.prop('disabled', true);
  void run.finally(() => {
    button.prop('disabled', false);
    if (document.activeElement === document.body) button.trigger('focus');
  });
}
