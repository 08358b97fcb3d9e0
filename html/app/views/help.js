/* All shortcuts, read from the registry. */
import { html } from '../html.js';
import { t } from '../i18n.js';
import { entries, SCOPES } from '../keys.js';
import { pref, setPref } from '../prefs.js';
import { Dialog } from '../parts/dialog.js';
import { Keys } from '../parts/shortcut.js';

const TITLES = { global: 'keys.global', list: 'keys.list', board: 'keys.board_title', ticket: 'keys.ticket' };

export function Help({ onClose }) {
  const list = entries.value;
  const on = pref('keys', true);
  return html`<${Dialog} wide title=${t('help.title')} onClose=${onClose}>
    <div class="help">${SCOPES.filter((s) => TITLES[s] && list.some((e) => e.scope === s)).map((s) => html`<section key=${s}>
      <h3>${t(TITLES[s])}</h3>
      <dl class="help-list">${list.filter((e) => e.scope === s).map((e) => html`<div key=${e.label}>
        <dt>${t(e.label)}</dt><dd><${Keys} keys=${e.keys} /></dd></div>`)}</dl></section>`)}</div>
    <label class="check"><input type="checkbox" checked=${on.value} onChange=${(e) => setPref('keys', e.target.checked)} />
      <span>${t('keys.single')}</span></label></${Dialog}>`;
}
