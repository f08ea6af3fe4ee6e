import { SHOW_EVENT } from '../shared/editor/show-event';
import { RED, t } from './editor/red-editor';
import { Sidebar } from './editor/sidebar';

const TAB = 'apilinker-webhooks';

RED.plugins.registerPlugin('apilinker-webhooks-sidebar', {
  type: 'apilinker-webhooks-sidebar',
  onadd() {
    const action = `${TAB}:show-webhooks`;
    const sidebar = new Sidebar();
    RED.actions.add(action, () => {
      RED.sidebar.show(TAB);
      sidebar.focus();
    });
    RED.events.on(SHOW_EVENT, (id) => {
      RED.sidebar.show(TAB);
      sidebar.openEvent(String(id));
    });
    RED.sidebar.addTab({
      id: TAB,
      name: t('sidebar.name'),
      label: t('sidebar.label'),
      iconClass: 'fa fa-exchange',
      content: sidebar.element,
      enableOnEdit: true,
      action,
    });
  },
});
