/* Before the first paint: theme and writing direction, so that nothing flashes. */
(function () {
  try {
    var root = document.documentElement;
    var theme = localStorage.getItem('hd.theme');
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
    var lang = localStorage.getItem('hd.lang');
    if (lang) {
      root.lang = lang;
      root.dir = lang === 'fa' ? 'rtl' : 'ltr';
    }
  } catch (e) { /* no storage: the defaults will do */ }
})();
