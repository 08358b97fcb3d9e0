/* The time zone of this browser is chosen where the page offers one and nobody has chosen yet. */
const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
const option = [...document.querySelectorAll('select[name=tz] option')].find((x) => x.value === timeZone);
if (option) option.selected = true;
