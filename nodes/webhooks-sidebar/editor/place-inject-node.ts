import type { EventDetail } from './event-data';
import { injectNode } from './inject-node';
import { RED, t } from './red-editor';

/** From the corner of what is seen of the canvas. */
const OFFSET = 160;

/** Puts an inject node with this payload onto the canvas, as one step that can be undone. */
export function placeInjectNode(event: EventDetail, payload: unknown): void {
  const chart = $('#red-ui-workspace-chart');
  const scale = RED.view.scale();
  const x = (Number(chart.scrollLeft()) + OFFSET) / scale;
  const y = (Number(chart.scrollTop()) + OFFSET) / scale;
  const node = { ...injectNode(event, payload, t('action.injectName')), x, y };
  RED.view.importNodes([node], { generateIds: true, touchImport: true, notify: false });
}
