/* An address that leads nowhere. */
import { html, useEffect, arrive, href } from '../html.js';
import { t } from '../i18n.js';
import { Empty } from '../parts/basics.js';

export default function Missing() {
  useEffect(() => arrive(t('missing.title')), []);
  return html`<h1 class="hidden" tabindex="-1">${t('missing.title')}</h1>
    <${Empty} icon="search" title=${t('missing.title')} text=${t('missing.text')}>
      <a class="btn" href=${href('/tickets')}>${t('missing.action')}</a></${Empty}>`;
}
