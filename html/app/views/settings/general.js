/* General settings: developer tools (STG-2).  They add menus and give no right. */
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { me } from '../../store.js';
import { href } from '../../router.js';
import { Part } from '../../parts/sheet.js';
import { saveOr } from './edit.js';

export function General({ title }) {
  const on = !!me.value.developer_mode;
  return html`<header class="head"><h1 tabindex="-1">${title}</h1></header>
    <${Part} title=${t('general.developer')} text=${t('general.developer_text')}>
      <label class="check switch"><input type="checkbox" role="switch" checked=${on} onChange=${(e) => saveOr('user', me.peek(), { developer_mode: e.target.checked })} />
        <span>${t('general.developer_mode')}</span></label>
      ${on && html`<p><a href=${href('/settings/stages')}>${t('general.to_stages')}</a></p>`}</${Part}>`;
}
