/*
 * Times by the reader's own clock, where the desk knows no time zone of his (src/page/page_layout.c): the text of each
 * <time> names the zone of the team until then, and its title does afterwards.
 */
const { lang } = document.documentElement;
const spoken = navigator.languages?.find((x) => x.toLowerCase().split('-')[0] === lang) ?? lang;
const format = new Intl.DateTimeFormat(spoken, { dateStyle: 'medium', timeStyle: 'short' });

for (const element of document.querySelectorAll('time[datetime]')) {
  const time = new Date(element.dateTime);
  if (Number.isNaN(time.getTime())) continue;
  element.title = element.textContent;
  element.textContent = format.format(time);
}
